namespace Headgate.Portal.Provider.Gateways;

/// <summary>Tenants that a gateway relays for.</summary>
/// <param name="Busiest">Those that move most, first.</param>
/// <param name="Total">How many it named.</param>
internal sealed record GatewayTenants(ImmutableArray<GatewayTenant> Busiest, int Total);

/// <summary>One of them.</summary>
/// <param name="Load">What it moves there.</param>
/// <param name="Name">Its display name; null for one that there is not.</param>
internal sealed record GatewayTenant(TenantLoad Load, string? Name);
