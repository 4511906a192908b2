namespace Headgate.Balance.Bench;

/// <summary>The simulation's clock, for code that asks for the time.</summary>
internal sealed class VirtualTime : TimeProvider
{
    private static readonly DateTimeOffset s_start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Seconds since its start.</summary>
    public double Now { get; set; }

    public override DateTimeOffset GetUtcNow() => s_start.AddSeconds(Now);
}
