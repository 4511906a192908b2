namespace Headgate.Silo.Tests.Api;

/// <summary>The system's clock, shifted by as much as the test says; elapsed time is shifted with it, timers are real.</summary>
internal sealed class ShiftedTimeProvider : TimeProvider
{
    private long _ticks;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _ticks));

    public override long GetTimestamp() =>
        System.GetTimestamp() + (long)(Interlocked.Read(ref _ticks) * (TimestampFrequency / (double)TimeSpan.TicksPerSecond));

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
