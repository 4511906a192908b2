using System.Buffers;

namespace Headgate.Protocol.Resume;

/// <summary>Reads one whole frame at the beginning of a leg, and leaves what follows it in the pipe.</summary>
internal static class HelloReader
{
    /// <exception cref="InvalidDataException">Its type is not among those expected, or its length does not fit.</exception>
    /// <exception cref="EndOfStreamException">The connection ended.</exception>
    public static async Task<(byte Type, byte[] Payload)> ReadAsync(ResumeLeg leg, byte expected, byte orExpected, CancellationToken token)
    {
        while (true)
        {
            var result = await leg.Input.ReadAsync(token);
            var buffer = result.Buffer;
            if (TryRead(ref buffer, expected, orExpected, out var frame))
            {
                leg.Input.AdvanceTo(buffer.Start);
                return frame;
            }

            leg.Input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                throw new EndOfStreamException("The connection ended before the first frame of the leg was complete.");
            }
        }
    }

    private static bool TryRead(ref ReadOnlySequence<byte> buffer, byte expected, byte orExpected, out (byte Type, byte[] Payload) frame)
    {
        frame = default;
        if (buffer.Length < Frames.HeaderBytes)
        {
            return false;
        }

        Span<byte> header = stackalloc byte[Frames.HeaderBytes];
        buffer.Slice(0, Frames.HeaderBytes).CopyTo(header);
        var (type, length) = Frames.ReadHeader(header);
        if (type != expected && type != orExpected)
        {
            throw new InvalidDataException($"A leg begins with a frame of type {expected} or {orExpected}; type {type} came.");
        }

        if (length < Frames.MinPayload(type) || length > Frames.MaxPayload(type))
        {
            throw new InvalidDataException($"A frame of type {type} has {Frames.MinPayload(type)} to {Frames.MaxPayload(type)} bytes; this says {length}.");
        }

        if (buffer.Length < Frames.HeaderBytes + length)
        {
            return false;
        }

        frame = (type, buffer.Slice(Frames.HeaderBytes, length).ToArray());
        buffer = buffer.Slice(Frames.HeaderBytes + length);
        return true;
    }
}
