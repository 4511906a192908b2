namespace Headgate.Protocol.Tenant;

/// <summary>A run as tenants see it.</summary>
/// <param name="Job">The job.</param>
/// <param name="Run">Its number.</param>
/// <param name="State">How it stands.</param>
/// <param name="Started">When its first attempt began.</param>
/// <param name="Ended">When it ended.</param>
/// <param name="Attempts">Attempts so far.</param>
/// <param name="ExitCode">The tool's last exit code.</param>
/// <param name="Reason">The sentence that goes with a state other than succeeded.</param>
/// <param name="Snapshot">The last snapshot it wrote.</param>
/// <param name="Path">Gateways over all attempts.</param>
/// <param name="Quota">How the quota on the run's repository stands, in the answer to the run's end; else null.</param>
/// <param name="Resumes">How often streams of it went on over another connection, over all attempts.</param>
/// <param name="GapMilliseconds">Milliseconds without a connection before those resumes, added up.</param>
/// <param name="LongestGapMilliseconds">The longest of those gaps, in milliseconds.</param>
public sealed record RunSummary(
    string Job,
    long Run,
    RunState State,
    DateTimeOffset Started,
    DateTimeOffset? Ended,
    int Attempts,
    int? ExitCode,
    string? Reason,
    string? Snapshot,
    IReadOnlyList<PathEntry> Path,
    QuotaStatus? Quota = null,
    int Resumes = 0,
    long GapMilliseconds = 0,
    long LongestGapMilliseconds = 0);
