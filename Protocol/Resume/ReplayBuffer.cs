namespace Headgate.Protocol.Resume;

/// <summary>
/// What was sent and is not acknowledged, in pooled blocks that hold whole DATA frames, headers included. The application writes into the block itself, behind
/// the place of a header, and what is written to a leg, first or again, is the block: nothing is copied. Holds nothing while everything is acknowledged.
/// Its session's lock guards it.
/// </summary>
internal sealed class ReplayBuffer(long maxBytes, ReplayBudget budget)
{
    /// <summary>The most that can be lent at once.</summary>
    public const int LargestLoan = ReplayBudget.BlockBytes - Frames.DataHeaderBytes;

    /// <summary>A block's remainder below this is left empty.</summary>
    private const int SmallRest = 1024;

    private readonly int _maxBlocks = (int)Math.Clamp(maxBytes / ReplayBudget.BlockBytes, ReplayBudget.GuaranteedBlocks, int.MaxValue);
    private StreamHash _hash = StreamHash.Create();
    private ReplayBlock? _first;
    private ReplayBlock? _last;
    private ReplayBlock? _cursor;
    private ReplayBlock? _pinned;
    private int _position;
    private int _blocks;
    private int _unsealed;
    private bool _isLent;
    private bool _isClosed;

    /// <summary>Where the next frame of the application begins.</summary>
    public long End { get; private set; }

    /// <summary>What the peer took over.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Where the present leg is.</summary>
    public long Cursor { get; private set; }

    /// <summary>Bytes of memory held.</summary>
    public long HeldBytes => (long)_blocks * ReplayBudget.BlockBytes;

    /// <summary>Bytes that were advanced over and are in no frame yet.</summary>
    public int Unsealed => _unsealed;

    /// <summary>False when an acknowledgement must come before the application writes more.</summary>
    public bool HasRoom => RoomInLast >= SmallRest ? IsWithinLimits : _blocks < _maxBlocks && budget.HasRoom(_blocks);

    /// <summary>False once an application has written more between two flushes than there was room for: what is left of its last block is no room then.</summary>
    private bool IsWithinLimits => _blocks <= _maxBlocks && budget.IsKept(_blocks);

    private int RoomInLast => _last is null ? 0 : ReplayBudget.BlockBytes - _last.Filled - Frames.DataHeaderBytes - _unsealed;

    /// <summary>Memory for the application's next bytes, its own until <see cref="Flush"/> or the next loan. Never waits: whoever lends without asking <see cref="HasRoom"/> goes beyond the limit.</summary>
    /// <param name="atLeast">Bytes wanted, at most <see cref="LargestLoan"/>.</param>
    public Memory<byte> Lend(int atLeast)
    {
        if (_isClosed)
        {
            return new byte[Math.Max(atLeast, SmallRest)];
        }

        if (RoomInLast < Math.Max(atLeast, SmallRest))
        {
            Seal();
            AddBlock();
        }

        _isLent = true;
        return _last!.Bytes.AsMemory(ReplayBudget.BlockBytes - RoomInLast, RoomInLast);
    }

    /// <summary>So many bytes more of what was lent were written.</summary>
    public void Advance(int bytes)
    {
        if (_isClosed)
        {
            return;
        }

        if ((uint)bytes > (uint)RoomInLast || (bytes > 0 && !_isLent))
        {
            throw new ArgumentOutOfRangeException(nameof(bytes), bytes, "More bytes than were lent.");
        }

        _unsealed += bytes;
    }

    /// <summary>Makes a frame of what was written, and takes back what was lent.</summary>
    public void Flush()
    {
        _isLent = false;
        Seal();
        Release();
    }

    /// <summary>Puts the cursor at an offset between <see cref="Acknowledged"/> and <see cref="End"/>: there the next leg begins.</summary>
    public void Seek(long offset)
    {
        Acknowledge(offset);
        Cursor = offset;
        _cursor = _first;
        _position = 0;
        while (_cursor is not null && _cursor.End <= offset && _cursor.Next is not null)
        {
            _cursor = _cursor.Next;
        }

        if (_cursor?.End == offset)
        {
            _position = _cursor.Filled;
        }
    }

    /// <summary>Takes what is to be written next, and keeps its block until <see cref="Unpin"/>, whatever is acknowledged meanwhile.</summary>
    /// <param name="header">The header of a frame of which the peer has the beginning; empty when <paramref name="chunk"/> begins with one.</param>
    /// <param name="headerLength">Bytes written to it: 12 or 0.</param>
    /// <param name="chunk">Frames, the first one perhaps without its beginning.</param>
    /// <returns>False when everything was taken.</returns>
    public bool TryTake(Span<byte> header, out int headerLength, out ReadOnlyMemory<byte> chunk)
    {
        headerLength = 0;
        chunk = default;
        if (Cursor == End)
        {
            return false;
        }

        if (_cursor is null)
        {
            (_cursor, _position) = (_first!, 0);
        }
        else if (Cursor == _cursor.End)
        {
            (_cursor, _position) = (_cursor.Next!, 0);
        }

        if (_position == 0 && Cursor > _cursor.Start)
        {
            // A leg begins here: in the midst of a block, and perhaps of a frame.
            var (position, data, length) = _cursor.Find(Cursor);
            _position = position;
            if (data > 0)
            {
                Frames.WriteDataHeader(header, Cursor, length - data);
                headerLength = Frames.DataHeaderBytes;
                _position += Frames.DataHeaderBytes + data;
            }
        }

        chunk = _cursor.Bytes.AsMemory(_position, _cursor.Filled - _position);
        _position = _cursor.Filled;
        Cursor = _cursor.End;
        _pinned = _cursor;
        return true;
    }

    /// <summary>The chunk was written, or its leg is over.</summary>
    public void Unpin()
    {
        _pinned = null;
        Release();
    }

    /// <summary>Forgets what the peer took over.</summary>
    public void Acknowledge(long offset)
    {
        Acknowledged = offset;
        Release();
    }

    /// <summary>The hash of all bytes up to an offset between <see cref="Acknowledged"/> and <see cref="End"/>.</summary>
    public ulong HashAt(long offset)
    {
        for (var block = _first; block is not null; block = block.Next)
        {
            if (offset < block.End)
            {
                return block.HashAt(offset);
            }
        }

        return _hash.Value;
    }

    /// <summary>Gives everything back. No leg runs any more, and what is written from now on goes nowhere.</summary>
    public void Close()
    {
        _isClosed = true;
        _unsealed = 0;
        Acknowledged = Cursor = End;
        _cursor = _pinned = null;
        while (_first is { } block)
        {
            // What the application may still write to must not become another session's.
            Remove(block, isReusable: !(_isLent && block == _last));
        }
    }

    private void Seal()
    {
        if (_unsealed == 0)
        {
            return;
        }

        var block = _last!;
        var frame = block.Bytes.AsSpan(block.Filled, Frames.DataHeaderBytes + _unsealed);
        Frames.WriteDataHeader(frame, End, _unsealed);
        _hash.Append(frame[Frames.DataHeaderBytes..]);
        block.Filled += frame.Length;
        block.End = End += _unsealed;
        _unsealed = 0;
    }

    private void AddBlock()
    {
        _blocks++;
        var block = new ReplayBlock(budget.Take(), End, _hash);
        if (_last is null)
        {
            _first = block;
        }
        else
        {
            _last.Next = block;
        }

        _last = block;
    }

    private void Release()
    {
        while (_first is { } block && block.End <= Acknowledged && block != _pinned && !(block == _last && (_isLent || _unsealed > 0)))
        {
            Remove(block, isReusable: true);
        }
    }

    private void Remove(ReplayBlock block, bool isReusable)
    {
        _first = block.Next;
        _last = _first is null ? null : _last;
        if (_cursor == block)
        {
            (_cursor, _position) = (_first, 0);
        }

        _blocks--;
        budget.Return(block.Bytes, isReusable);
    }
}
