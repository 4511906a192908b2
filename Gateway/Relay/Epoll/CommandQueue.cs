using System.Runtime.InteropServices;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>
/// Commands from other threads, and the eventfd that wakes the loop for them: written only when the loop sleeps, once for however many come before it looks.
/// </summary>
internal sealed unsafe class CommandQueue : IDisposable
{
    private readonly Lock _lock = new();
    private List<LoopCommand> _posted = [];
    private List<LoopCommand> _taken = [];
    private int _count;
    private int _next;
    private int _isAsleep;
    private bool _isClosed;

    public CommandQueue()
    {
        Event = Libc.CreateEvent();
        if (Event < 0)
        {
            throw new InvalidOperationException($"eventfd failed: {Marshal.GetPInvokeErrorMessage(-Event)}.");
        }
    }

    /// <summary>Readable when the loop is to look.</summary>
    public int Event { get; }

    /// <summary>Whether some that were taken are left.</summary>
    public bool HasNext => _next < _taken.Count;

    /// <summary>Adds a command; false when the loop has ended.</summary>
    public bool Post(in LoopCommand command)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return false;
            }

            _posted.Add(command);
            Volatile.Write(ref _count, _posted.Count);
        }

        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _isAsleep) != 0 && Interlocked.Exchange(ref _isAsleep, 0) != 0)
        {
            var one = 1L;
            _ = Libc.Write(Event, (byte*)&one, sizeof(long));
        }

        return true;
    }

    /// <summary>The loop is about to sleep; false when there is something to do first.</summary>
    public bool TrySleep()
    {
        Volatile.Write(ref _isAsleep, 1);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _count) == 0)
        {
            return true;
        }

        Volatile.Write(ref _isAsleep, 0);
        return false;
    }

    /// <summary>The loop is awake.</summary>
    public void Wake() => Volatile.Write(ref _isAsleep, 0);

    /// <summary>Takes the wake-up off the eventfd.</summary>
    public void Acknowledge()
    {
        long count;
        _ = Libc.Read(Event, (byte*)&count, sizeof(long));
    }

    /// <summary>Takes what was posted, to be read by <see cref="Next"/>. All that was taken before has been read.</summary>
    public void Take()
    {
        if (Volatile.Read(ref _count) == 0)
        {
            return;
        }

        lock (_lock)
        {
            (_posted, _taken) = (_taken, _posted);
            _posted.Clear();
            Volatile.Write(ref _count, 0);
        }

        _next = 0;
    }

    /// <summary>The next one that was taken. It stays until the next <see cref="Take"/>.</summary>
    public ref readonly LoopCommand Next() => ref CollectionsMarshal.AsSpan(_taken)[_next++];

    /// <summary>Takes no more; returns what nobody has obeyed.</summary>
    public List<LoopCommand> Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            return [.. CollectionsMarshal.AsSpan(_taken)[_next..], .. _posted];
        }
    }

    public void Dispose() => _ = Libc.Close(Event);
}
