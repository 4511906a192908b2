namespace Headgate.Protocol.Edge;

/// <summary>A gateway's load, each second or so (jittered).</summary>
/// <param name="Version">The gateway program's version.</param>
/// <param name="ActiveConnections">Connections being relayed.</param>
/// <param name="AcceptedConnections">Connections accepted since the process started; never falls while <paramref name="Epoch"/> stays.</param>
/// <param name="BytesUp">Bytes from tenants since the process started.</param>
/// <param name="BytesDown">Bytes to tenants since the process started.</param>
/// <param name="Epoch">Unix milliseconds of the process start.</param>
/// <param name="Refused">Refusals by reason since the process started.</param>
/// <param name="Stopping">The last of this process: it drains and takes no new connections, so lists leave it out at once. Default: no.</param>
/// <param name="Tenants">What tenants moved since the last heartbeat: all with a bandwidth limit and an open connection, at most 1,000, then the busiest others up to 200 in all. Default: not said.</param>
public sealed record GatewayHeartbeat(
    string Version,
    long ActiveConnections,
    long AcceptedConnections,
    long BytesUp,
    long BytesDown,
    long Epoch,
    IReadOnlyDictionary<string, long> Refused,
    bool Stopping = false,
    IReadOnlyList<TenantTraffic>? Tenants = null);
