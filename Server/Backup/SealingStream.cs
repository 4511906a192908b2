namespace Headgate.Server.Backup;

/// <summary>Encrypts what is written into it (<see cref="BackupFormat"/>). Only <see cref="Finish"/> makes the file whole; what was disposed without it is torn.</summary>
internal sealed class SealingStream : Stream
{
    private readonly Stream _file;
    private readonly BackupFormat _format;
    private readonly byte[] _plain = new byte[BackupFormat.ChunkBytes];
    private readonly byte[] _sealed = new byte[BackupFormat.ChunkBytes + BackupFormat.TagBytes];
    private int _filled;
    private uint _number;

    /// <summary>Writes the header. The file stays the caller's.</summary>
    public SealingStream(Stream file, BackupFormat format)
    {
        (_file, _format) = (file, format);
        file.Write(format.Header.Span);
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            // A full chunk is kept back until more comes: the last one is marked.
            if (_filled == _plain.Length)
            {
                WriteChunk(isLast: false);
            }

            var taken = Math.Min(buffer.Length, _plain.Length - _filled);
            buffer[..taken].CopyTo(_plain.AsSpan(_filled));
            _filled += taken;
            buffer = buffer[taken..];
        }
    }

    /// <summary>Writes the last chunk.</summary>
    public void Finish() => WriteChunk(isLast: true);

    public override void Flush()
    {
        // Chunks go out whole.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void WriteChunk(bool isLast)
    {
        _format.Seal(_number, isLast, _plain.AsSpan(0, _filled), _sealed);
        _file.Write(_sealed, 0, _filled + BackupFormat.TagBytes);
        _number = checked(_number + 1);
        _filled = 0;
    }
}
