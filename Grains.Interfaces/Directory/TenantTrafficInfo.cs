namespace Headgate.Grains;

/// <summary>What a tenant moves now, over all gateways that were heard within 5 s.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Gateways">How many gateways relay for it.</param>
/// <param name="Connections">Connections being relayed.</param>
/// <param name="UpBytesPerSecond">From the tenant.</param>
/// <param name="DownBytesPerSecond">To the tenant.</param>
/// <param name="HeldBack">Its bandwidth limit holds it back.</param>
[GenerateSerializer, Immutable, Alias("headgate.tenant-traffic")]
public sealed record TenantTrafficInfo(
    string Tenant,
    int Gateways,
    int Connections,
    long UpBytesPerSecond,
    long DownBytesPerSecond,
    bool HeldBack);
