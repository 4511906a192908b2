using System.IO.Pipelines;

namespace Headgate.Protocol.Resume;

/// <summary>
/// The application's output: memory of the replay buffer itself. A flush makes a frame of what was written, lets the sender write it to the leg, in the
/// application's thread as far as that goes without waiting, and completes when the application may write more.
/// </summary>
/// <param name="stream">Where the bytes go.</param>
/// <param name="sender">The loop that writes to the leg.</param>
/// <param name="reset">Called when the application completes its output with an exception.</param>
internal sealed class ApplicationWriter(OutgoingStream stream, Wakeup sender, Action reset) : PipeWriter
{
    private byte[]? _large;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => stream.Unflushed;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        _large = sizeHint > ReplayBuffer.LargestLoan ? new byte[sizeHint] : null;
        return _large ?? stream.Lend(sizeHint);
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (_large is not { } large)
        {
            stream.Advance(bytes);
            return;
        }

        // More than fits in one frame was asked for at once: here it is taken apart.
        _large = null;
        ReadOnlySpan<byte> written = large.AsSpan(0, bytes);
        while (!written.IsEmpty)
        {
            written = written[Fill(written)..];
        }
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        stream.Flush();
        sender.RunHere();
        var waiting = stream.WaitForRoomAsync(cancellationToken);
        if (!waiting.IsCompleted)
        {
            // The sender asks the peer for an acknowledgement if that is what is waited for.
            sender.Wake();
        }

        return waiting;
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        var taken = source.IsEmpty ? 0 : Fill(source.Span);
        var flushing = FlushAsync(cancellationToken);
        return taken == source.Length ? flushing : WriteRestAsync(flushing, source[taken..], cancellationToken);
    }

    public override void CancelPendingFlush() => stream.CancelWait();

    public override void Complete(Exception? exception = null)
    {
        if (exception is not null)
        {
            reset();
        }

        stream.Finish();
        sender.Wake();
    }

    /// <summary>Block after block, each when there is room for it.</summary>
    private async ValueTask<FlushResult> WriteRestAsync(ValueTask<FlushResult> flushing, ReadOnlyMemory<byte> rest, CancellationToken token)
    {
        while (true)
        {
            var result = await flushing;
            if (rest.IsEmpty || result.IsCompleted || result.IsCanceled)
            {
                return result;
            }

            rest = rest[Fill(rest.Span)..];
            flushing = FlushAsync(token);
        }
    }

    private int Fill(ReadOnlySpan<byte> source)
    {
        var memory = stream.Lend(1).Span;
        var taken = Math.Min(memory.Length, source.Length);
        source[..taken].CopyTo(memory);
        stream.Advance(taken);
        return taken;
    }
}
