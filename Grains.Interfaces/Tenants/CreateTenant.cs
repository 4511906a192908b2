namespace Headgate.Grains;

/// <summary>Makes a tenant.</summary>
/// <param name="DisplayName">Free text, 1 to 100 characters.</param>
/// <param name="Pools">Gateway pools it is bound to; empty: the default pool.</param>
/// <param name="LeaseEnds">End of service, or null.</param>
/// <param name="RunLimit">Jobs at once; 0: no limit.</param>
/// <param name="BytesPerSecond">Bandwidth limit each way, over all gateways together, as <see cref="TenantBandwidth"/> allows; null: none.</param>
[GenerateSerializer, Immutable, Alias("headgate.create-tenant")]
public sealed record CreateTenant(
    string DisplayName,
    ImmutableArray<string> Pools,
    DateTimeOffset? LeaseEnds,
    int RunLimit,
    long? BytesPerSecond = null);
