namespace Headgate.Server.Backup;

/// <summary>Decrypts a backup file (<see cref="BackupFormat"/>) as it is read. Nothing is given out that was not authenticated; what is torn or altered throws.</summary>
internal sealed class OpeningStream(Stream file, BackupFormat format) : Stream
{
    private const int SealedBytes = BackupFormat.ChunkBytes + BackupFormat.TagBytes;

    private readonly byte[] _plain = new byte[BackupFormat.ChunkBytes];
    private readonly byte[] _sealed = new byte[SealedBytes + 1];
    private int _ahead;
    private int _at;
    private int _filled;
    private uint _number;
    private bool _ended;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="BackupException">The file is torn or damaged.</exception>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <exception cref="BackupException">The file is torn or damaged.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (_at == _filled)
        {
            if (_ended)
            {
                return 0;
            }

            ReadChunk();
        }

        var taken = Math.Min(buffer.Length, _filled - _at);
        _plain.AsSpan(_at, taken).CopyTo(buffer);
        _at += taken;
        return taken;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void ReadChunk()
    {
        // One byte further than a full chunk: whether anything follows tells the last one.
        var read = _ahead + file.ReadAtLeast(_sealed.AsSpan(_ahead), SealedBytes + 1 - _ahead, throwOnEndOfStream: false);
        var isLast = read <= SealedBytes;
        var length = Math.Min(read, SealedBytes);
        if (length < BackupFormat.TagBytes || !format.TryOpen(_number, isLast, _sealed.AsSpan(0, length), _plain))
        {
            throw new BackupException(
                isLast && length >= BackupFormat.TagBytes && format.TryOpen(_number, false, _sealed.AsSpan(0, length), _plain)
                    ? "The file is torn: it ends before the backup does. Copy it again, or use another backup."
                    : $"The file is torn or damaged after {(long)_number * SealedBytes + BackupFormat.HeaderBytes} bytes: what follows does not open. Copy it again, or use another backup.");
        }

        (_at, _filled) = (0, length - BackupFormat.TagBytes);
        (_ended, _number) = (isLast, _number + 1);
        _ahead = isLast ? 0 : 1;
        _sealed[0] = _sealed[SealedBytes];
    }
}
