namespace Headgate.Grains;

/// <summary>An attempt failed.</summary>
/// <param name="Connector">Who says so.</param>
/// <param name="Attempt">Which.</param>
/// <param name="ExitCode">The tool's, or null.</param>
/// <param name="Reason">Why, in words; at most 2,000 characters are kept.</param>
/// <param name="Path">What it went over.</param>
/// <param name="Gaps">Resumes of its streams.</param>
[GenerateSerializer, Immutable, Alias("headgate.attempt-failure")]
public sealed record AttemptFailure(
    string Connector,
    int Attempt,
    int? ExitCode,
    string Reason,
    ImmutableArray<PathStep> Path,
    StreamGaps Gaps = default);
