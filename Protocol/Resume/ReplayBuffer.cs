using System.Buffers;

namespace Headgate.Protocol.Resume;

/// <summary>
/// What was sent and is not acknowledged, in pooled blocks that hold whole DATA frames, headers included: what is written to a leg, first or again, is
/// the block itself. Holds nothing while everything is acknowledged. Its session's lock guards it.
/// </summary>
internal sealed class ReplayBuffer(long maxBytes, ReplayBudget budget)
{
    /// <summary>A block's remainder below this is left empty when more than that is to be appended.</summary>
    private const int SmallRest = 1024;

    private readonly int _maxBlocks = (int)Math.Clamp(maxBytes / ReplayBudget.BlockBytes, ReplayBudget.GuaranteedBlocks, int.MaxValue);
    private StreamHash _hash = StreamHash.Create();
    private Block? _first;
    private Block? _last;
    private Block? _cursor;
    private Block? _pinned;
    private int _position;
    private int _blocks;
    private bool _isStarved;

    /// <summary>Where the next byte of the application goes.</summary>
    public long End { get; private set; }

    /// <summary>What the peer took over.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Where the present leg is.</summary>
    public long Cursor { get; private set; }

    /// <summary>Bytes of memory held.</summary>
    public long HeldBytes => (long)_blocks * ReplayBudget.BlockBytes;

    /// <summary>False when an acknowledgement must come before more can be appended.</summary>
    public bool HasRoom => !_isStarved && (_blocks < _maxBlocks || RoomInLast > 0);

    private int RoomInLast => _last is null ? 0 : ReplayBudget.BlockBytes - _last.Filled - Frames.DataHeaderBytes;

    /// <summary>Appends one frame with as much of <paramref name="data"/> as fits in a block.</summary>
    /// <returns>Bytes taken; 0 when there is no room.</returns>
    public int Append(ReadOnlySequence<byte> data)
    {
        var room = RoomInLast;
        if (room < data.Length && room < SmallRest)
        {
            if (!TryAddBlock())
            {
                if (room <= 0)
                {
                    _isStarved = true;
                    return 0;
                }
            }
            else
            {
                room = ReplayBudget.BlockBytes - Frames.DataHeaderBytes;
            }
        }

        var taken = (int)Math.Min(room, data.Length);
        var frame = _last!.Bytes.AsSpan(_last.Filled, Frames.DataHeaderBytes + taken);
        Frames.WriteDataHeader(frame, End, taken);
        data.Slice(0, taken).CopyTo(frame[Frames.DataHeaderBytes..]);
        _hash.Append(frame[Frames.DataHeaderBytes..]);
        _last.Filled += frame.Length;
        End += taken;
        _last.End = End;
        return taken;
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
        _isStarved = false;
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

    /// <summary>Gives everything back. No leg runs any more.</summary>
    public void Clear()
    {
        Acknowledged = Cursor = End;
        Unpin();
    }

    private bool TryAddBlock()
    {
        if (_blocks >= _maxBlocks || !budget.TryTake(_blocks))
        {
            return false;
        }

        _blocks++;
        var block = new Block(ArrayPool<byte>.Shared.Rent(ReplayBudget.BlockBytes), End, _hash);
        if (_last is null)
        {
            _first = block;
        }
        else
        {
            _last.Next = block;
        }

        _last = block;
        return true;
    }

    private void Release()
    {
        while (_first is { } block && block.End <= Acknowledged && block != _pinned)
        {
            _first = block.Next;
            _last = _first is null ? null : _last;
            if (_cursor == block)
            {
                (_cursor, _position) = (_first, 0);
            }

            _blocks--;
            ArrayPool<byte>.Shared.Return(block.Bytes);
            budget.Return();
        }
    }

    private sealed class Block(byte[] bytes, long start, in StreamHash hash)
    {
        private readonly StreamHash _hash = hash;

        public byte[] Bytes { get; } = bytes;

        public long Start { get; } = start;

        public long End { get; set; } = start;

        public int Filled { get; set; }

        public Block? Next { get; set; }

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
}
