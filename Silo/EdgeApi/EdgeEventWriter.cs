using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace Headgate.Silo.EdgeApi;

/// <summary>
/// Writes server-sent events (HTML living standard, section 9.2): <c>id:</c> the sequence number, <c>event:</c> the kind, <c>data:</c> one line of JSON,
/// then an empty line. A comment line (<c>: heard</c>) says that the silo is there. Holds at most about <see cref="HeldBytes"/> for a client that does not
/// read, and waits for it no longer than <see cref="Patience"/> at a time.
/// </summary>
internal sealed class EdgeEventWriter(PipeWriter output, TimeProvider time)
{
    /// <summary>Bytes after which they are sent before more are added.</summary>
    public const int HeldBytes = 32 * 1024;

    /// <summary>A client that took nothing for this long does not read; below the 5 s within which one that was revoked must be out.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private int _held;

    /// <summary>Adds an event; without a number it does not move where the client goes on from.</summary>
    /// <exception cref="TimeoutException">The client does not read.</exception>
    public async ValueTask AddAsync(long? sequence, string kind, ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        if (sequence is { } number)
        {
            Write("id: " + number.ToString(CultureInfo.InvariantCulture) + "\n");
        }

        Write("event: " + kind + "\ndata: ");
        for (var rest = json; rest.Length > 0;)
        {
            var chunk = rest[..Math.Min(rest.Length, HeldBytes)];
            output.Write(chunk.Span);
            _held += chunk.Length;
            rest = rest[chunk.Length..];
            if (_held >= HeldBytes)
            {
                await FlushAsync(cancellationToken);
            }
        }

        Write("\n\n");
    }

    /// <summary>Adds an event whose payload is text.</summary>
    /// <exception cref="TimeoutException">The client does not read.</exception>
    public ValueTask AddAsync(long? sequence, string kind, string json, CancellationToken cancellationToken) =>
        AddAsync(sequence, kind, Encoding.UTF8.GetBytes(json), cancellationToken);

    /// <summary>Adds a comment.</summary>
    public void AddHeard() => output.Write(": heard\n"u8);

    /// <summary>Sends what was added.</summary>
    /// <exception cref="TimeoutException">The client does not read.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        _held = 0;
        var flushed = output.FlushAsync(cancellationToken);
        if (flushed.IsCompletedSuccessfully)
        {
            return;
        }

        // Whoever times out aborts the request, which ends the flush that is left behind.
        await flushed.AsTask().WaitAsync(Patience, time, cancellationToken);
    }

    private void Write(string text) => _held += (int)Encoding.UTF8.GetBytes(text, output);
}
