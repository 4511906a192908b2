namespace Headgate.Grains;

/// <summary>Part of a list of fleet tokens.</summary>
/// <param name="Items">The part, newest first.</param>
/// <param name="Total">How many there are in all.</param>
[GenerateSerializer, Immutable, Alias("headgate.fleet-token-page")]
public sealed record FleetTokenPage(
    ImmutableArray<FleetTokenInfo> Items,
    int Total);
