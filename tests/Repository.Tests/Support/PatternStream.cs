using System.Security.Cryptography;

namespace Headgate.Repository.Tests.Support;

/// <summary>Many bytes that take no memory: a megabyte of noise, over and over, each time with its number in front.</summary>
internal sealed class PatternStream(long length) : Stream
{
    private static readonly byte[] s_noise = RandomNumberGenerator.GetBytes(1 << 20);
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>The SHA-256 of such a stream.</summary>
    public static string NameOf(long length)
    {
        using var stream = new PatternStream(length);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var within = (int)(_position % s_noise.Length);
        var count = (int)Math.Min(Math.Min(buffer.Length, s_noise.Length - within), length - _position);
        s_noise.AsSpan(within, count).CopyTo(buffer);
        if (within == 0 && count > 0)
        {
            buffer[0] = (byte)(_position >> 20);
        }

        _position += count;
        return count;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
