using System.Buffers;
using System.Buffers.Binary;

namespace Headgate.Protocol.Resume;

/// <summary>Writes to one leg: what is asked for (ACK, PONG, PING), then what the peer lacks, then what the application adds, then FIN.</summary>
internal sealed class LegSender(SessionStream stream, LegRun run)
{
    /// <summary>Chunks up to this go into one write with the frames before them.</summary>
    private const int SmallChunk = 4096;

    /// <summary>Steps in one thread, after which it gets back to whoever woke the sender in it.</summary>
    private const int StepsAtOnce = 8;

    private readonly byte[] _header = new byte[Frames.DataHeaderBytes];
    private int _steps;

    /// <returns>When the leg can carry no more, or the session is over.</returns>
    public async Task RunAsync()
    {
        try
        {
            while (!run.StopToken.IsCancellationRequested && await StepAsync())
            {
                if (++_steps >= StepsAtOnce)
                {
                    _steps = 0;
                    await Task.Yield();
                }
            }
        }
        catch (Exception fault) when (LegFaults.IsOfTheLeg(fault))
        {
            // How the leg ended is told by the session; that it ended is all there is to know here.
        }
    }

    private async ValueTask<bool> StepAsync()
    {
        var output = run.Leg.Output;
        var asked = stream.TakeAsked(output, run);
        if (asked == Asked.Over)
        {
            return false;
        }

        if (asked == Asked.Reset)
        {
            await output.FlushAsync(run.StopToken);
            return false;
        }

        if (stream.TryTakeChunk(_header, out var headerLength, out var chunk))
        {
            try
            {
                if (!await WriteAsync(headerLength, chunk))
                {
                    return false;
                }
            }
            finally
            {
                stream.ReturnChunk();
            }

            stream.Flushed(asked);
            return true;
        }

        if (asked != Asked.Nothing)
        {
            if ((await output.FlushAsync(run.StopToken)).IsCompleted)
            {
                return false;
            }

            stream.Flushed(asked);
            return true;
        }

        stream.Wakeup.Prepare();
        if (run.StopToken.IsCancellationRequested || stream.HasWork(run))
        {
            await stream.Wakeup.ForgetAsync();
            return true;
        }

        await stream.Wakeup.WaitAsync();
        _steps = 0;
        return true;
    }

    private async ValueTask<bool> WriteAsync(int headerLength, ReadOnlyMemory<byte> chunk)
    {
        var output = run.Leg.Output;
        if (headerLength > 0)
        {
            output.Write(_header.AsSpan(0, headerLength));
        }

        if (chunk.Length <= SmallChunk)
        {
            output.Write(chunk.Span);
            return !(await output.FlushAsync(run.StopToken)).IsCompleted;
        }

        return !(await output.WriteAsync(chunk, run.StopToken)).IsCompleted;
    }

    /// <summary>Writes a RESET.</summary>
    public static void WriteReset(IBufferWriter<byte> output, SessionEnd over) => output.Write(Frames.Sentence(Frames.Reset, (byte)over.Fault, over.Sentence));

    /// <summary>Writes an ACK.</summary>
    public static void WriteAck(IBufferWriter<byte> output, long received, bool isFinished)
    {
        var frame = output.GetSpan(Frames.HeaderBytes + Frames.AckBytes);
        Frames.WriteHeader(frame, Frames.Ack, Frames.AckBytes);
        BinaryPrimitives.WriteInt64BigEndian(frame[Frames.HeaderBytes..], received);
        frame[Frames.HeaderBytes + Frames.OffsetBytes] = isFinished ? (byte)1 : (byte)0;
        output.Advance(Frames.HeaderBytes + Frames.AckBytes);
    }

    /// <summary>Writes a FIN, PING or PONG.</summary>
    public static void WriteNumber(IBufferWriter<byte> output, byte type, ulong number)
    {
        var frame = output.GetSpan(Frames.HeaderBytes + sizeof(ulong));
        Frames.WriteHeader(frame, type, sizeof(ulong));
        BinaryPrimitives.WriteUInt64BigEndian(frame[Frames.HeaderBytes..], number);
        output.Advance(Frames.HeaderBytes + sizeof(ulong));
    }
}
