namespace Headgate.Protocol.Edge;

/// <summary>A repository's state, every 2 s or so (jittered) and at once when use changed much.</summary>
/// <param name="Version">The repository program's version.</param>
/// <param name="Epoch">Unix milliseconds of the process start.</param>
/// <param name="CapacityBytes">Size of the file system.</param>
/// <param name="FreeBytes">Free for us on it.</param>
/// <param name="Traffic">Open routes.</param>
/// <param name="Gateways">Gateways that connections are held from. Default: not said.</param>
public sealed record RepositoryHeartbeat(
    string Version,
    long Epoch,
    long CapacityBytes,
    long FreeBytes,
    IReadOnlyList<RouteTraffic> Traffic,
    IReadOnlyList<GatewayConnections>? Gateways = null);
