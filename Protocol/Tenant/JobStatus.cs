namespace Headgate.Protocol.Tenant;

/// <summary>A job as tenants see it.</summary>
/// <param name="Job">Its id.</param>
/// <param name="Kind">How network faults are met.</param>
/// <param name="Repository">Its repository.</param>
/// <param name="LastGood">End of the last run that wrote a snapshot.</param>
/// <param name="LastRun">Its last run.</param>
public sealed record JobStatus(
    string Job,
    JobKind Kind,
    string Repository,
    DateTimeOffset? LastGood,
    RunSummary? LastRun);
