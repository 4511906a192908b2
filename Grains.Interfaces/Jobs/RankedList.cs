namespace Headgate.Grains;

/// <summary>A gateway list.</summary>
/// <param name="Version">Of the pools' membership and states.</param>
/// <param name="Stale">The last list, kept because the present view is doubtful.</param>
/// <param name="Gateways">By rank, at most 8; empty when none can be had.</param>
[GenerateSerializer, Immutable, Alias("headgate.ranked-list")]
public sealed record RankedList(
    long Version,
    bool Stale,
    ImmutableArray<RankedGateway> Gateways);
