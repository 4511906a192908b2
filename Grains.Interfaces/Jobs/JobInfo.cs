namespace Headgate.Grains;

/// <summary>A job.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Job">Its id within the tenant.</param>
/// <param name="Mode">How network faults are met.</param>
/// <param name="Repository">Its repository.</param>
/// <param name="LastGood">End of the last run that wrote a snapshot.</param>
/// <param name="Runs">The last runs, newest first, at most 20.</param>
/// <param name="Version">Rises with every change.</param>
[GenerateSerializer, Immutable, Alias("headgate.job-info")]
public sealed record JobInfo(
    string Tenant,
    string Job,
    JobMode Mode,
    string Repository,
    DateTimeOffset? LastGood,
    ImmutableArray<RunInfo> Runs,
    long Version);
