namespace Headgate.Protocol.Tenant;

/// <summary>The run ended on the connector's side.</summary>
/// <param name="Attempt">The last attempt.</param>
/// <param name="ExitCode">The tool's exit code, or null when it was not started.</param>
/// <param name="Cancelled">The user stopped it.</param>
/// <param name="SnapshotExpected">The tool's subcommand writes a snapshot when it succeeds, so the silo waits up to 5 s for the repository's word, 15 s in its first minute.</param>
/// <param name="Reason">Why it failed, in words.</param>
/// <param name="Path">Gateways the last attempt went over.</param>
/// <param name="Resumes">How often streams of the last attempt went on over another connection, since it began.</param>
/// <param name="GapMilliseconds">Milliseconds without a connection before those resumes, added up.</param>
/// <param name="LongestGapMilliseconds">The longest of those gaps, in milliseconds.</param>
/// <param name="Trials">How gateways did since the connector said so last; null: nothing was tried.</param>
/// <param name="EndedAgoMilliseconds">How long ago it ended, in milliseconds, when it is told late; null: just now. Not a time of day, for clocks differ.</param>
public sealed record FinishRequest(
    int Attempt,
    int? ExitCode,
    bool Cancelled,
    bool SnapshotExpected,
    string? Reason,
    IReadOnlyList<PathEntry> Path,
    int Resumes = 0,
    long GapMilliseconds = 0,
    long LongestGapMilliseconds = 0,
    IReadOnlyList<GatewayTrial>? Trials = null,
    long? EndedAgoMilliseconds = null);
