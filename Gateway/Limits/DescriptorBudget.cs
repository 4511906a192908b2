using Microsoft.Extensions.Logging;

namespace Headgate.Gateway.Limits;

/// <summary>
/// How many descriptors connections may hold. What the process needs besides (silo, log, status, runtime) is set aside, so that a flood of connections
/// never takes the descriptors that heartbeats go over.
/// <para>
/// Whoever accepts takes the descriptors of a connection before it calls accept, by <see cref="TryTakeForAccept"/>, and returns them when nobody came.
/// When there are none accepting pauses: the backlog holds what comes, until a connection's end brings enough back and <see cref="MayAcceptAgain"/> is
/// raised. Pauses are counted; the log has one line a minute at most.
/// </para>
/// Safe for concurrent use, without a lock on the way of a connection.
/// </summary>
internal sealed class DescriptorBudget
{
    /// <summary>Descriptors of one relayed connection: one for each side.</summary>
    public const int PerConnection = 2;

    private const int MostAhead = 64;
    private static readonly TimeSpan s_sayEvery = TimeSpan.FromMinutes(1);

    private readonly int _reserve;
    private readonly int _inUseAtStart;
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private long _limit;
    private int _kept;
    private int _capacity;
    private int _taken;
    private int _isPaused;
    private long _pauses;
    private long _saidAt;

    /// <summary>A budget within <paramref name="limit"/>.</summary>
    /// <param name="limit">What the process may open; null: no limit.</param>
    /// <param name="inUseAtStart">What it has open without any connection.</param>
    /// <param name="reserve">What is set aside for what it opens besides connections; where less than twice that is free, half of what is.</param>
    /// <param name="metrics">Counts pauses.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Says that accepting paused, and what to do.</param>
    public DescriptorBudget(long? limit, int inUseAtStart, int reserve, GatewayMetrics metrics, TimeProvider time, ILogger<DescriptorBudget> log)
    {
        (_reserve, _inUseAtStart, _metrics, _time, _log) = (reserve, inUseAtStart, metrics, time, log);
        _saidAt = time.GetTimestamp() - (long)(s_sayEvery.TotalSeconds * time.TimestampFrequency);
        SetLimit(limit);
    }

    /// <summary>Raised, on the thread that brought descriptors back, when accepting may go on after a pause. Handlers return at once and never throw.</summary>
    public event Action? MayAcceptAgain;

    /// <summary>What the process may open; null: no limit.</summary>
    public long? Limit => Volatile.Read(ref _limit) is var limit && limit == long.MaxValue ? null : limit;

    /// <summary>How many connections and their pipes may hold together.</summary>
    public int Capacity => Volatile.Read(ref _capacity);

    /// <summary>How many they hold.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Whether connections may be accepted; false during a pause.</summary>
    public bool MayAccept => Volatile.Read(ref _isPaused) == 0;

    /// <summary>How often accepting paused.</summary>
    public long Pauses => Volatile.Read(ref _pauses);

    /// <summary>
    /// How many must be free for a pause to end: a sixty-fourth of all, so that accepting does not begin and end with each connection that goes.
    /// </summary>
    private int Enough => Math.Clamp(Capacity / 64, PerConnection, MostAhead);

    /// <summary>Takes <paramref name="descriptors"/>; false, and nothing taken, when so many are not left. Never pauses anything: for what can do without.</summary>
    public bool TryTake(int descriptors)
    {
        var before = Volatile.Read(ref _taken);
        while (before + descriptors <= Capacity)
        {
            var seen = Interlocked.CompareExchange(ref _taken, before + descriptors, before);
            if (seen == before)
            {
                return true;
            }

            before = seen;
        }

        return false;
    }

    /// <summary>Takes those of one connection, before accept is called; when they are not left, or accepting is paused already, false, and accepting is paused.</summary>
    public bool TryTakeForAccept()
    {
        if (!MayAccept)
        {
            return false;
        }

        if (TryTake(PerConnection))
        {
            return true;
        }

        Pause();

        // What came back between the look and the pause has told nobody.
        Resume();
        return false;
    }

    /// <summary>
    /// The system itself had none left (EMFILE, ENFILE), whatever this budget says: accepting pauses until something comes back here, or for a second at
    /// most (<see cref="SetLimit"/>), because what ran out may be another program's doing.
    /// </summary>
    public void RanOut() => Pause();

    /// <summary>Waits until <see cref="MayAccept"/>.</summary>
    /// <exception cref="OperationCanceledException">The token ended the wait first.</exception>
    public async Task WaitToAcceptAsync(CancellationToken cancellationToken)
    {
        var again = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        MayAcceptAgain += OnAgain;
        try
        {
            if (!MayAccept)
            {
                await again.Task.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            MayAcceptAgain -= OnAgain;
        }

        void OnAgain() => again.TrySetResult();
    }

    /// <summary>Gives descriptors back once they are closed.</summary>
    public void Return(int descriptors)
    {
        Interlocked.Add(ref _taken, -descriptors);
        Resume();
    }

    /// <summary>
    /// The system's limit may have been changed from outside (prlimit): goes by <paramref name="limit"/> from here on. Said each second, so it also ends a
    /// pause for which the budget has no reason.
    /// </summary>
    public void SetLimit(long? limit)
    {
        var all = limit ?? long.MaxValue;
        var free = Math.Max(0, all - _inUseAtStart);

        // Where there is hardly anything, half of it: better few connections than none.
        var kept = Math.Min(_reserve, free / 2);
        Volatile.Write(ref _kept, (int)kept);
        Volatile.Write(ref _capacity, (int)Math.Min(free - kept, int.MaxValue - PerConnection));
        Volatile.Write(ref _limit, all);
        Resume();
    }

    private void Pause()
    {
        if (Interlocked.Exchange(ref _isPaused, 1) == 0)
        {
            Interlocked.Increment(ref _pauses);
            _metrics.AcceptPaused();
            var said = Volatile.Read(ref _saidAt);
            if (_time.GetElapsedTime(said) >= s_sayEvery && Interlocked.CompareExchange(ref _saidAt, _time.GetTimestamp(), said) == said)
            {
                GatewayLog.AcceptPaused(_log, Taken, Limit, _inUseAtStart + Volatile.Read(ref _kept));
            }
        }
    }

    private void Resume()
    {
        if (Volatile.Read(ref _isPaused) != 0 && Capacity - Taken >= Enough && Interlocked.Exchange(ref _isPaused, 0) != 0)
        {
            MayAcceptAgain?.Invoke();
        }
    }
}
