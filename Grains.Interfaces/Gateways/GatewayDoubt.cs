namespace Headgate.Grains;

/// <summary>What connectors say against a gateway that reports itself well.</summary>
/// <param name="SinksForAll">Enough of them do for it to stand behind the others in everybody's list.</param>
/// <param name="CameThrough">Tenants whose connectors came through it within the last minute.</param>
/// <param name="Tenants">Tenants whose connectors could not, within the last 15 minutes, and have not come through since; it stands behind in their lists. In ordinal order.</param>
[GenerateSerializer, Immutable, Alias("headgate.gateway-doubt")]
public sealed record GatewayDoubt(
    bool SinksForAll,
    int CameThrough,
    ImmutableArray<string> Tenants);
