namespace Headgate.Gateway.Relay.Epoll;

/// <summary>
/// A loop's connections by slot, which epoll's data names. Written by the loop; others read it without a lock and see each connection or do not. Closed
/// connections are kept for the next ones, a bounded number of them.
/// </summary>
internal sealed class ConnectionTable(EventLoop loop)
{
    private const int MostSpare = 512;

    private readonly Stack<int> _freeSlots = new();
    private readonly Stack<EdgeConnection> _spare = new();
    private EdgeConnection?[] _slots = new EdgeConnection?[64];
    private int _used;
    private int _count;
    private uint _generation;

    /// <summary>Connections held.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>All slots, empty ones included. A snapshot: the array is replaced when it grows or shrinks.</summary>
    public ReadOnlySpan<EdgeConnection?> Slots => Volatile.Read(ref _slots);

    /// <summary>A connection that is clear but for its place.</summary>
    public EdgeConnection Open(long id)
    {
        if (!_freeSlots.TryPop(out var slot))
        {
            slot = _used++;
            if (slot == _slots.Length)
            {
                Resize(_slots.Length * 2);
            }
        }

        if (!_spare.TryPop(out var connection))
        {
            connection = new EdgeConnection(loop);
        }

        connection.Slot = slot;
        connection.Generation = _generation = _generation == uint.MaxValue ? 1 : _generation + 1;
        Volatile.Write(ref connection.Id, id);
        Volatile.Write(ref _slots[slot], connection);
        Volatile.Write(ref _count, _count + 1);
        return connection;
    }

    /// <summary>The connection in <paramref name="slot"/>, if it is still that one.</summary>
    public EdgeConnection? Find(int slot, uint generation) =>
        (uint)slot < (uint)_slots.Length && _slots[slot] is { } found && found.Generation == generation ? found : null;

    /// <summary>The connection in <paramref name="slot"/>, if it is still that one.</summary>
    public EdgeConnection? FindById(int slot, long id) =>
        (uint)slot < (uint)_slots.Length && _slots[slot] is { } found && found.Id == id ? found : null;

    public void Close(EdgeConnection connection)
    {
        Volatile.Write(ref connection.Id, 0);
        _slots[connection.Slot] = null;
        _freeSlots.Push(connection.Slot);
        Volatile.Write(ref _count, _count - 1);
        if (_spare.Count < MostSpare)
        {
            connection.Clear();
            _spare.Push(connection);
        }

        if (_count == 0 && _slots.Length > MostSpare)
        {
            // After a flood: nothing stays of it.
            _used = 0;
            _freeSlots.Clear();
            _freeSlots.TrimExcess();
            Resize(64);
        }
    }

    private void Resize(int slots)
    {
        var resized = new EdgeConnection?[slots];
        _slots.AsSpan(0, Math.Min(_slots.Length, slots)).CopyTo(resized);
        Volatile.Write(ref _slots, resized);
    }
}
