namespace Headgate.Grains;

/// <summary>A gateway pool: it exists while a gateway is in it or a tenant is bound to it.</summary>
/// <param name="Pool">Its name.</param>
/// <param name="Gateways">Ids of the gateways in it, revoked ones left out.</param>
/// <param name="Tenants">How many tenants are bound to it.</param>
[GenerateSerializer, Immutable, Alias("headgate.pool-info")]
public sealed record PoolInfo(
    string Pool,
    ImmutableArray<string> Gateways,
    int Tenants);
