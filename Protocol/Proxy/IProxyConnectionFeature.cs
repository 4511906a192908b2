namespace Headgate.Protocol.Proxy;

/// <summary>What the gateway told of a connection, among the connection's features.</summary>
public interface IProxyConnectionFeature
{
    /// <summary>The header that the connection began with; its MAC was right.</summary>
    ProxyHeader Header { get; }
}
