using System.Net;
using Headgate.Protocol.Edge;
using Headgate.Silo.Certificates;
using Headgate.Silo.Storage;

namespace Headgate.Silo.Listening;

/// <summary>
/// Where the APIs are reached: what the options say, else what they listen on, which is known once the sockets are bound (port 0).
/// </summary>
internal sealed class ListeningAddresses(SiloOptions options, ISiloKeys keys) : IRelayTargets
{
    private volatile IPEndPoint? _edge;
    private volatile IPEndPoint? _tenant;

    /// <summary>What the edge API listens on.</summary>
    public IPEndPoint Edge => _edge ?? throw NotYet();

    /// <summary>What the tenant API listens on.</summary>
    public IPEndPoint Tenant => _tenant ?? throw NotYet();

    /// <summary>Where gateways and repositories reach the edge API.</summary>
    public (string Host, int Port) EdgeAddress => Resolve(options.EdgeAddress, Edge);

    /// <summary>Where gateways reach the tenant API.</summary>
    public (string Host, int Port) TenantAddress => Resolve(options.TenantAddress, Tenant);

    /// <summary>The sockets are bound.</summary>
    public void Bound(IPEndPoint edge, IPEndPoint tenant) => (_edge, _tenant) = (edge, tenant);

    public IReadOnlyList<RelayTarget> For(string gateway)
    {
        var (host, port) = TenantAddress;
        return [new RelayTarget(BelievedGateways.TenantApiTarget, host, port, keys.ProxyKey(gateway, BelievedGateways.TenantApiTarget))];
    }

    private static (string Host, int Port) Resolve(string? configured, IPEndPoint bound)
    {
        if (EndPointText.TryParseHost(configured, out var host, out var port))
        {
            return (host, port);
        }

        // Listening on every address says nothing about which one others reach; the loopback is right for one machine, and the option is for the rest.
        var address = bound.Address.Equals(IPAddress.Any) ? IPAddress.Loopback
            : bound.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
            : bound.Address;
        return (address.ToString(), bound.Port);
    }

    private static InvalidOperationException NotYet() => new("The APIs do not listen yet.");
}
