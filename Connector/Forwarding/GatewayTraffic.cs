using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Forwarding;

/// <summary>Counters of one gateway in one attempt. Safe for concurrent use.</summary>
internal sealed class GatewayTraffic(string gateway)
{
    private long _connections;
    private long _up;
    private long _down;

    /// <summary>The gateway's id.</summary>
    public string Gateway { get; } = gateway;

    public void AddConnection() => Interlocked.Increment(ref _connections);

    public void AddUp(int bytes) => Interlocked.Add(ref _up, bytes);

    public void AddDown(int bytes) => Interlocked.Add(ref _down, bytes);

    public PathEntry ToEntry() => new(Gateway, Interlocked.Read(ref _connections), Interlocked.Read(ref _up), Interlocked.Read(ref _down));
}
