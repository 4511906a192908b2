using System.Runtime.InteropServices;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>
/// Commands from other threads, and the eventfd that wakes the loop for them: written only when the loop sleeps, once for however many come before it looks.
/// </summary>
internal sealed unsafe class CommandQueue : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<LoopCommand> _nothing = [];
    private List<LoopCommand> _posted = [];
    private List<LoopCommand> _taken = [];
    private int _count;
    private int _isAsleep;

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

    public void Post(in LoopCommand command)
    {
        lock (_lock)
        {
            _posted.Add(command);
            Volatile.Write(ref _count, _posted.Count);
        }

        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _isAsleep) != 0 && Interlocked.Exchange(ref _isAsleep, 0) != 0)
        {
            var one = 1L;
            _ = Libc.Write(Event, (byte*)&one, sizeof(long));
        }
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

    /// <summary>What was posted. The list is the loop's until the next call.</summary>
    public List<LoopCommand> Take()
    {
        if (Volatile.Read(ref _count) == 0)
        {
            return _nothing;
        }

        lock (_lock)
        {
            (_posted, _taken) = (_taken, _posted);
            _posted.Clear();
            Volatile.Write(ref _count, 0);
        }

        return _taken;
    }

    public void Dispose() => _ = Libc.Close(Event);
}
