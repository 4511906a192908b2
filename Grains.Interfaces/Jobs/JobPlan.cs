namespace Headgate.Grains;

/// <summary>When a machine's service means to run a job next, and what it left out.</summary>
/// <param name="Connector">The connector that keeps it.</param>
/// <param name="Schedule">The schedule as it was written, for people.</param>
/// <param name="Next">When its next run is to begin.</param>
/// <param name="Missed">The last due time for which no run began; null where none was missed since the last run.</param>
/// <param name="Why">Why it was missed, where that is known.</param>
[GenerateSerializer, Immutable, Alias("headgate.job-plan")]
public sealed record JobPlan(
    string Connector,
    string Schedule,
    DateTimeOffset Next,
    DateTimeOffset? Missed,
    string? Why)
{
    /// <summary>How much later than planned a run may begin before it counts as missed: its machine asks, waits and starts, by a clock of its own.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
}
