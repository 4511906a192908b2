namespace Headgate.Grains;

/// <summary>A machine's service says when it means to run a job.</summary>
/// <param name="Connector">Its connector.</param>
/// <param name="Mode">How network faults are met.</param>
/// <param name="Repository">Its repository.</param>
/// <param name="Schedule">The schedule as it was written, up to 200 characters.</param>
/// <param name="Next">When its next run is to begin.</param>
/// <param name="Skipped">The last due time that the machine left out by itself, since its last run; null for none.</param>
/// <param name="Why">Why it was left out.</param>
[GenerateSerializer, Immutable, Alias("headgate.plan-job")]
public sealed record PlanJob(
    string Connector,
    JobMode Mode,
    string Repository,
    string Schedule,
    DateTimeOffset Next,
    DateTimeOffset? Skipped,
    string? Why);
