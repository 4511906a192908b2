namespace Headgate.Grains;

/// <summary>A run goes on.</summary>
/// <param name="Connector">Who says so.</param>
/// <param name="Attempt">Which attempt.</param>
/// <param name="Waiting">It waits for the next attempt.</param>
/// <param name="ListVersion">The list it holds.</param>
/// <param name="Path">What the attempt went over.</param>
/// <param name="Gaps">Resumes of the attempt's streams.</param>
[GenerateSerializer, Immutable, Alias("headgate.run-progress")]
public sealed record RunProgress(
    string Connector,
    int Attempt,
    bool Waiting,
    long ListVersion,
    ImmutableArray<PathStep> Path,
    StreamGaps Gaps = default);
