namespace Headgate.Protocol.Edge;

/// <summary>What one tenant moved through one gateway since its last heartbeat.</summary>
/// <param name="Tenant">The tenant's id.</param>
/// <param name="Connections">Connections being relayed.</param>
/// <param name="UpBytesPerSecond">From the tenant to targets.</param>
/// <param name="DownBytesPerSecond">From targets to the tenant.</param>
/// <param name="UpHeldBack">The gateway's share was used up: more would have gone to targets.</param>
/// <param name="DownHeldBack">The gateway's share was used up: more would have gone to the tenant.</param>
/// <param name="UpShareBytesPerSecond">The share that holds on the way to targets now; what an answer that was lost said does not. Default: not said, or no limit.</param>
/// <param name="DownShareBytesPerSecond">The share that holds on the way to the tenant now. Default: not said, or no limit.</param>
public sealed record TenantTraffic(
    string Tenant,
    int Connections,
    long UpBytesPerSecond,
    long DownBytesPerSecond,
    bool UpHeldBack,
    bool DownHeldBack,
    long? UpShareBytesPerSecond = null,
    long? DownShareBytesPerSecond = null);
