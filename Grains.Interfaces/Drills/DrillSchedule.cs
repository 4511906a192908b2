namespace Headgate.Grains;

/// <summary>When drills begin by themselves.</summary>
/// <param name="Cron">A cron expression; whoever sets it has read it.</param>
/// <param name="Repository">The repository that they write to.</param>
/// <param name="Pool">The pool whose gateways they try.</param>
/// <param name="Due">When the next one begins; null: never again by this expression.</param>
[GenerateSerializer, Immutable, Alias("headgate.drill-schedule")]
public sealed record DrillSchedule(
    string Cron,
    string Repository,
    string Pool,
    DateTimeOffset? Due);
