namespace Headgate.Grains;

/// <summary>How connections over one gateway went, as a connector says.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="CameThrough">1 or more when a repository's bytes came over it.</param>
/// <param name="Failed">How many connections it did not lead there where another gateway did right after.</param>
[GenerateSerializer, Immutable, Alias("headgate.trial-count")]
public sealed record TrialCount(
    string Gateway,
    int CameThrough,
    int Failed);
