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

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;

    public override long GetTimestamp() =>
        System.GetTimestamp() + (long)(Shift.Ticks * (TimestampFrequency / (double)TimeSpan.TicksPerSecond));

    /// <summary>Shifts it further.</summary>
    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
