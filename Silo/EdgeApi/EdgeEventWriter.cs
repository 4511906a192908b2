using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace Headgate.Silo.EdgeApi;

/// <summary>
/// Writes server-sent events (HTML living standard, section 9.2): <c>id:</c> the sequence number, <c>event:</c> the kind, <c>data:</c> one line of JSON,
/// then an empty line. A comment line (<c>: heard</c>) says that the silo is there.
/// </summary>
internal sealed class EdgeEventWriter(PipeWriter output)
{
    /// <summary>Adds an event; without a number it does not move where the client goes on from.</summary>
    public void Add(long? sequence, string kind, string json)
    {
        if (sequence is { } number)
        {
            Write("id: ");
            Write(number.ToString(CultureInfo.InvariantCulture));
            Write("\n");
        }

        Write("event: ");
        Write(kind);
        Write("\ndata: ");
        Write(json);
        Write("\n\n");
    }

    /// <summary>Adds a comment.</summary>
    public void AddHeard() => output.Write(": heard\n"u8);

    /// <summary>Sends what was added.</summary>
    public ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

    private void Write(string text) => Encoding.UTF8.GetBytes(text, output);
}
