namespace Headgate.Gateway.Traffic;

/// <summary>
/// One direction of one tenant: what moved, and the share of bandwidth it may use. A bucket without a timer and without a lock: all it holds is the time up
/// to which everything moved is paid for. Full, it lets 100 ms worth through at once, at least 64 KiB. Moving is charged afterwards, so that loops which look
/// at the same moment may overdraw it by a transfer each, and pay with the next. Safe for concurrent use.
/// </summary>
internal sealed class Bandwidth(TimeProvider time)
{
    /// <summary>Less than this is not worth a transfer: the bucket counts as empty.</summary>
    public const int LeastBytes = 4 * 1024;

    private const long LeastBurstBytes = 64 * 1024;
    private const int BurstsPerSecond = 10;

    private readonly double _frequency = time.TimestampFrequency;
    private long _bytesPerSecond;
    private long _paidUntil;
    private long _moved;
    private int _waiting;
    private int _heldBack;

    /// <summary>Whether there is a share to be kept.</summary>
    public bool IsLimited => Volatile.Read(ref _bytesPerSecond) != 0;

    /// <summary>The share, bytes per second; null: none to be kept.</summary>
    public long? Share => Volatile.Read(ref _bytesPerSecond) is > 0 and var share ? share : null;

    /// <summary>Bytes moved, ever.</summary>
    public long Moved => Volatile.Read(ref _moved);

    /// <summary>Connections that wait for this bucket, over all loops.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Sets the share; null lifts it. What is owed is worked off at the new rate when that is higher: a share begins small and grows.</summary>
    public void Limit(long? bytesPerSecond)
    {
        var rate = bytesPerSecond is { } limit ? Math.Max(1, limit) : 0;
        var before = Interlocked.Exchange(ref _bytesPerSecond, rate);
        if (before == 0 || rate <= before)
        {
            return;
        }

        var now = time.GetTimestamp();
        long paidUntil, sooner;
        do
        {
            paidUntil = Volatile.Read(ref _paidUntil);
            sooner = now + (long)(Math.Max(0, paidUntil - now) * ((double)before / rate));
        }
        while (paidUntil > now && Interlocked.CompareExchange(ref _paidUntil, sooner, paidUntil) != paidUntil);
    }

    /// <summary>Bytes that may move at <paramref name="now"/>: all without a limit, 0 when it is not worth a transfer.</summary>
    public long Available(long now)
    {
        var rate = Volatile.Read(ref _bytesPerSecond);
        if (rate == 0)
        {
            return long.MaxValue;
        }

        var debt = Math.Max(0, Volatile.Read(ref _paidUntil) - now) / _frequency * rate;
        var available = (long)(Burst(rate) - debt);
        return available >= LeastBytes ? available : 0;
    }

    /// <summary>How long until <paramref name="bytes"/> may move; at most until the bucket is full.</summary>
    public TimeSpan Until(long bytes, long now)
    {
        var rate = Volatile.Read(ref _bytesPerSecond);
        if (rate == 0)
        {
            return TimeSpan.Zero;
        }

        var debtSeconds = Math.Max(0, Volatile.Read(ref _paidUntil) - now) / _frequency;
        var allowedSeconds = (Burst(rate) - Math.Min(bytes, Burst(rate))) / (double)rate;
        return TimeSpan.FromSeconds(Math.Max(0, debtSeconds - allowedSeconds));
    }

    /// <summary>Counts what has moved, and pays for it.</summary>
    public void Charge(long bytes, long now)
    {
        Interlocked.Add(ref _moved, bytes);
        var rate = Volatile.Read(ref _bytesPerSecond);
        if (rate == 0)
        {
            return;
        }

        var price = (long)(bytes * _frequency / rate);
        long before;
        do
        {
            before = Volatile.Read(ref _paidUntil);
        }
        while (Interlocked.CompareExchange(ref _paidUntil, Math.Max(before, now) + price, before) != before);
    }

    /// <summary>A connection begins to wait: more would have moved than the share allows.</summary>
    public void Hold()
    {
        Interlocked.Increment(ref _waiting);
        Volatile.Write(ref _heldBack, 1);
    }

    /// <summary>A connection waits no longer.</summary>
    public void Release() => Interlocked.Decrement(ref _waiting);

    /// <summary>Whether something had to wait since the last call, or waits.</summary>
    public bool TakeHeldBack() => Interlocked.Exchange(ref _heldBack, 0) != 0 || Waiting > 0;

    private static long Burst(long rate) => Math.Max(LeastBurstBytes, rate / BurstsPerSecond);
}
