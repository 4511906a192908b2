namespace Headgate.Grains;

/// <summary>One attempt.</summary>
/// <param name="Attempt">1 is the first.</param>
/// <param name="Started">When it began.</param>
/// <param name="Ended">When it ended.</param>
/// <param name="ExitCode">The tool's.</param>
/// <param name="Reason">Why it failed.</param>
/// <param name="Path">Gateways it went over, in order of first use.</param>
/// <param name="Gaps">Resumes of its streams.</param>
[GenerateSerializer, Immutable, Alias("headgate.attempt-info")]
public sealed record AttemptInfo(
    int Attempt,
    DateTimeOffset Started,
    DateTimeOffset? Ended,
    int? ExitCode,
    string? Reason,
    ImmutableArray<PathStep> Path,
    StreamGaps Gaps = default);
