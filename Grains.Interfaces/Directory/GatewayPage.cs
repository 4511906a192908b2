namespace Headgate.Grains;

/// <summary>A part of a list, by id.</summary>
/// <param name="Items">The rows.</param>
/// <param name="Total">Rows in all.</param>
[GenerateSerializer, Immutable, Alias("headgate.gateway-page")]
public sealed record GatewayPage(
    ImmutableArray<GatewayInfo> Items,
    int Total);
