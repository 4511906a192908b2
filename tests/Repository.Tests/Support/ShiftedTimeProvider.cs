namespace Headgate.Repository.Tests.Support;

/// <summary>The system's clock and timers, with a shift: for what is measured, while the sweeps go on by themselves.</summary>
internal sealed class ShiftedTimeProvider : TimeProvider
{
    private long _ticks;

    public TimeSpan Shift
    {
        get => new(Interlocked.Read(ref _ticks));
        set => Interlocked.Exchange(ref _ticks, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => DateTimeOffset.UtcNow.UtcTicks + Shift.Ticks;
}
