namespace Headgate.Protocol.Resume;

/// <summary>Some whole DATA frames, headers included, in one pooled array.</summary>
/// <param name="bytes">The array.</param>
/// <param name="start">The offset of the first byte.</param>
/// <param name="hash">The hash of all bytes before it.</param>
internal sealed class ReplayBlock(byte[] bytes, long start, in StreamHash hash)
{
    private readonly StreamHash _hash = hash;

    public byte[] Bytes { get; } = bytes;

    public long Start { get; } = start;

    public long End { get; set; } = start;

    /// <summary>Where the last frame ends.</summary>
    public int Filled { get; set; }

    public ReplayBlock? Next { get; set; }

    /// <summary>The frame that holds an offset: where it begins, how many of its bytes lie before the offset, how many it has.</summary>
    public (int Position, int Before, int Length) Find(long offset)
    {
        var (position, at) = (0, Start);
        while (true)
        {
            var length = Frames.ReadHeader(Bytes.AsSpan(position)).Length - Frames.OffsetBytes;
            if (offset < at + length)
            {
                return (position, (int)(offset - at), length);
            }

            position += Frames.DataHeaderBytes + length;
            at += length;
        }
    }

    /// <summary>The hash of all bytes before an offset that lies in the block.</summary>
    public ulong HashAt(long offset)
    {
        var hash = _hash;
        var (position, at) = (0, Start);
        while (at < offset)
        {
            var length = Frames.ReadHeader(Bytes.AsSpan(position)).Length - Frames.OffsetBytes;
            var wanted = (int)Math.Min(length, offset - at);
            hash.Append(Bytes.AsSpan(position + Frames.DataHeaderBytes, wanted));
            position += Frames.DataHeaderBytes + length;
            at += wanted;
        }

        return hash.Value;
    }
}
