namespace Headgate.Testing;

/// <summary>The system's clock, shifted by as much as the test says; elapsed time is shifted with it, timers are real.</summary>
public sealed class ShiftedTimeProvider : TimeProvider
{
    private long _ticks;

    /// <summary>How far it is ahead of the system's. Default: not at all.</summary>
    public TimeSpan Shift
    {
        get => new(Interlocked.Read(ref _ticks));
        set => Interlocked.Exchange(ref _ticks, value.Ticks);
    }

    /// <summary>What waits of a minute and more really take, so that loops that look each hour see that time was shifted. Default: as long as they are.</summary>
    public TimeSpan? LongWaitsTake { get; set; }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => base.CreateTimer(
        callback, state, LongWaitsTake is { } take && dueTime >= TimeSpan.FromMinutes(1) ? take : dueTime, period);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;

    public override long GetTimestamp() =>
        System.GetTimestamp() + (long)(Shift.Ticks * (TimestampFrequency / (double)TimeSpan.TicksPerSecond));

    /// <summary>Shifts it further.</summary>
    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
