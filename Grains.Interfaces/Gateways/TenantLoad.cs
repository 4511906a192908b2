namespace Headgate.Grains;

/// <summary>What one tenant moves through one gateway now.</summary>
/// <param name="Tenant">The tenant's id, as the gateway named it.</param>
/// <param name="Connections">Connections being relayed.</param>
/// <param name="UpBytesPerSecond">From the tenant.</param>
/// <param name="DownBytesPerSecond">To the tenant.</param>
/// <param name="HeldBack">Its bandwidth limit held it back since the heartbeat before.</param>
[GenerateSerializer, Immutable, Alias("headgate.tenant-load")]
public sealed record TenantLoad(
    string Tenant,
    int Connections,
    long UpBytesPerSecond,
    long DownBytesPerSecond,
    bool HeldBack);
