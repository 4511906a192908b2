namespace Headgate.Protocol.Tenant;

/// <summary>When a machine's service means to run a job next.</summary>
/// <param name="Job">The job's id.</param>
/// <param name="Kind">How network faults are met.</param>
/// <param name="Repository">The cloud repository's id.</param>
/// <param name="Schedule">The schedule as its user wrote it, for people; up to 200 characters.</param>
/// <param name="Next">When the next run is to begin, by the machine's clock.</param>
/// <param name="Skipped">The last due time that the machine left out by itself; null for none.</param>
/// <param name="Why">Why it left that out; up to 500 characters.</param>
public sealed record PlannedJob(
    string Job,
    JobKind Kind,
    string Repository,
    string Schedule,
    DateTimeOffset Next,
    DateTimeOffset? Skipped = null,
    string? Why = null);
