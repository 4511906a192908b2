namespace Headgate.Grains;

/// <summary>The connector says that the run ended.</summary>
/// <param name="Connector">Who says so.</param>
/// <param name="Attempt">The last attempt.</param>
/// <param name="ExitCode">The tool's, or null.</param>
/// <param name="Cancelled">The user stopped it.</param>
/// <param name="Reason">Why it failed.</param>
/// <param name="Path">What the last attempt went over.</param>
/// <param name="Gaps">Resumes of the last attempt's streams.</param>
/// <param name="Ago">How long ago it ended, when that is told late; null: just now.</param>
[GenerateSerializer, Immutable, Alias("headgate.run-end")]
public sealed record RunEnd(
    string Connector,
    int Attempt,
    int? ExitCode,
    bool Cancelled,
    string? Reason,
    ImmutableArray<PathStep> Path,
    StreamGaps Gaps = default,
    TimeSpan? Ago = null);
