namespace Headgate.Silo.Tests.Storage;

/// <summary>A clock that moves when the test says so, and elapsed time with it; timers it makes are real.</summary>
internal sealed class ManualClock : TimeProvider
{
    private long _milliseconds = new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    /// <summary>Timers made from now on that are due later than this never come. Null: all come, in real time.</summary>
    public TimeSpan? LongestWait { get; set; }

    public override long TimestampFrequency => 1000;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(Interlocked.Read(ref _milliseconds));

    public override long GetTimestamp() => Interlocked.Read(ref _milliseconds);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _milliseconds, (long)by.TotalMilliseconds);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => LongestWait is { } longest
        ? new ShortTimer(base.CreateTimer(callback, state, ShortTimer.Due(dueTime, longest), period), longest)
        : base.CreateTimer(callback, state, dueTime, period);

    private sealed class ShortTimer(ITimer timer, TimeSpan longest) : ITimer
    {
        public static TimeSpan Due(TimeSpan dueTime, TimeSpan longest) => dueTime > longest ? Timeout.InfiniteTimeSpan : dueTime;

        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(Due(dueTime, longest), period);

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
