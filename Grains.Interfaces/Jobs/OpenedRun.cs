namespace Headgate.Grains;

/// <summary>What an attempt needs.</summary>
/// <param name="Job">The job.</param>
/// <param name="Run">Its run's number.</param>
/// <param name="Attempt">1 is the first.</param>
/// <param name="ServerName">The route.</param>
/// <param name="Repository">The repository.</param>
/// <param name="Gateways">The list.</param>
[GenerateSerializer, Immutable, Alias("headgate.opened-run")]
public sealed record OpenedRun(
    string Job,
    long Run,
    int Attempt,
    string ServerName,
    string Repository,
    RankedList Gateways);
