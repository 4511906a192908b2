namespace Headgate.Protocol.Tenant;

/// <summary>The attempt failed; asks for the next.</summary>
/// <param name="Attempt">The attempt that failed.</param>
/// <param name="ExitCode">The tool's exit code, or null when it was not started.</param>
/// <param name="Reason">Why, in words; gateways tried, and how each failed.</param>
/// <param name="Path">Gateways it went over, in order of first use.</param>
/// <param name="Resumes">How often streams of the attempt that failed went on over another connection, since it began.</param>
/// <param name="GapMilliseconds">Milliseconds without a connection before those resumes, added up.</param>
/// <param name="LongestGapMilliseconds">The longest of those gaps, in milliseconds.</param>
/// <param name="Trials">How gateways did since the connector said so last; null: nothing was tried.</param>
public sealed record NextAttemptRequest(
    int Attempt,
    int? ExitCode,
    string Reason,
    IReadOnlyList<PathEntry> Path,
    int Resumes = 0,
    long GapMilliseconds = 0,
    long LongestGapMilliseconds = 0,
    IReadOnlyList<GatewayTrial>? Trials = null);
