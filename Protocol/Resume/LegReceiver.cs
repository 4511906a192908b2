using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Headgate.Protocol.Resume;

/// <summary>Reads one leg's frames. DATA is handed to the application as it comes, so that a frame that is torn by the leg's end is not lost.</summary>
internal sealed class LegReceiver(SessionStream stream, LegRun run, bool isClient)
{
    /// <summary>Bytes after which an ACK is due even if more are waiting to be read.</summary>
    private const int LargestUnacknowledged = 2 * 1024 * 1024;

    /// <summary>Bytes after which an ACK is due when nothing more is waiting.</summary>
    private const int SmallestUnacknowledged = 1024 * 1024;

    /// <summary>Bytes that are handed to the application at once; fewer when no more are waiting. Each time may wake a thread.</summary>
    private const int EnoughToHandOver = 128 * 1024;

    private readonly byte[] _frame = new byte[Frames.HeaderBytes + 1 + Frames.MaxSentenceBytes];
    private int _dataLeft;

    /// <returns>When the leg has no more, or the session is over.</returns>
    public async Task RunAsync()
    {
        var input = run.Leg.Input;
        ValueTask<ReadResult> reading = default;
        var isReading = false;
        try
        {
            // The application may be behind since the last leg.
            await stream.Incoming.HandOverAsync(run.StopToken);
            while (true)
            {
                reading = input.ReadAsync(run.StopToken);
                isReading = true;
                var isMoreThere = reading.IsCompleted;
                if (!isMoreThere || stream.Incoming.BytesToHandOver >= EnoughToHandOver)
                {
                    await stream.Incoming.HandOverAsync(run.StopToken);
                }

                stream.AcknowledgeBeyond(isMoreThere ? LargestUnacknowledged : SmallestUnacknowledged);
                isReading = false;
                var result = await reading;
                stream.Incoming.Heard();
                var buffer = result.Buffer;
                var fault = Take(ref buffer);
                input.AdvanceTo(buffer.Start, buffer.End);
                if (fault != ResumeFault.None)
                {
                    stream.Fail(fault);
                }

                if (result.IsCompleted)
                {
                    return;
                }

                if (stream.IsOver)
                {
                    await DrainAsync();
                    return;
                }
            }
        }
        catch (Exception fault) when (LegFaults.IsOfTheLeg(fault))
        {
            // How the leg ended is told by the session; that it ended is all there is to know here.
        }
        finally
        {
            if (isReading)
            {
                await EndAsync(reading);
            }

            await stream.Incoming.HandOverRestAsync();
        }
    }

    /// <summary>A read that nobody waits for still fills the pipe's buffers: it must be over before they are given back.</summary>
    private static async ValueTask EndAsync(ValueTask<ReadResult> reading)
    {
        try
        {
            await reading;
        }
        catch (Exception fault) when (LegFaults.IsOfTheLeg(fault))
        {
            // It was cancelled, as it should be.
        }
    }

    /// <summary>
    /// Whoever said the last word reads on until the peer closes, so that closing does not destroy that word on its way: a reset of the connection
    /// would. Both sides' last word is an ACK when the session is complete; there the client waits.
    /// </summary>
    private async Task DrainAsync()
    {
        if (!stream.IsLastWordOurs(isClient))
        {
            return;
        }

        while (true)
        {
            var result = await run.Leg.Input.ReadAsync(run.StopToken);
            run.Leg.Input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                return;
            }
        }
    }

    /// <summary>Takes all that is there; leaves the beginning of a frame that is not whole.</summary>
    private ResumeFault Take(ref ReadOnlySequence<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            if (_dataLeft > 0)
            {
                var length = Math.Min(_dataLeft, buffer.Length);
                stream.Incoming.Receive(buffer.Slice(0, length));
                buffer = buffer.Slice(length);
                _dataLeft -= (int)length;
                continue;
            }

            if (buffer.Length < Frames.HeaderBytes)
            {
                break;
            }

            Copy(buffer, _frame.AsSpan(0, Frames.HeaderBytes));
            var (type, payloadLength) = Frames.ReadHeader(_frame);
            var fault = CheckHeader(type, payloadLength);
            if (fault != ResumeFault.None)
            {
                return fault;
            }

            var whole = Frames.HeaderBytes + (type == Frames.Data ? Frames.OffsetBytes : payloadLength);
            if (buffer.Length < whole)
            {
                break;
            }

            var frame = _frame.AsSpan(0, whole);
            Copy(buffer, frame);
            buffer = buffer.Slice(whole);
            fault = TakeFrame(type, frame[Frames.HeaderBytes..], payloadLength);
            if (fault != ResumeFault.None || type == Frames.Reset)
            {
                // Nothing that follows counts.
                return fault;
            }
        }

        return ResumeFault.None;
    }

    private static ResumeFault CheckHeader(byte type, int length)
    {
        var longest = Frames.MaxPayload(type);
        if (longest == 0)
        {
            return ResumeFault.UnknownFrame;
        }

        if (type <= Frames.Refused)
        {
            return ResumeFault.UnexpectedFrame;
        }

        return length > longest ? ResumeFault.FrameTooLong : length < Frames.MinPayload(type) ? ResumeFault.FrameMalformed : ResumeFault.None;
    }

    private ResumeFault TakeFrame(byte type, ReadOnlySpan<byte> payload, int length)
    {
        if (type == Frames.Reset)
        {
            stream.EndByPeer((ResumeFault)payload[0], Frames.Clean(payload[1..]));
            return ResumeFault.None;
        }

        var number = BinaryPrimitives.ReadUInt64BigEndian(payload);
        switch (type)
        {
            case Frames.Data:
                _dataLeft = length - Frames.OffsetBytes;
                return stream.CheckData(number);
            case Frames.Ack:
                return payload[Frames.OffsetBytes] > 1 ? ResumeFault.FrameMalformed : stream.TakeAck(number, payload[Frames.OffsetBytes] == 1);
            case Frames.Fin:
                return stream.TakeFin(number);
            case Frames.Ping:
                stream.TakePing(number);
                return ResumeFault.None;
            default:
                return ResumeFault.None;
        }
    }

    private static void Copy(in ReadOnlySequence<byte> from, Span<byte> to)
    {
        var first = from.FirstSpan;
        if (first.Length >= to.Length)
        {
            first[..to.Length].CopyTo(to);
        }
        else
        {
            from.Slice(0, to.Length).CopyTo(to);
        }
    }
}
