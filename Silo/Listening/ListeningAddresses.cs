using System.Net;
using Headgate.Protocol.Edge;
using Headgate.Silo.Certificates;
using Headgate.Silo.Storage;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Headgate.Silo.Listening;

/// <summary>
/// Where the APIs are reached: what the options say, else what they listen on, which is known once the sockets are bound (port 0).
/// </summary>
internal sealed class ListeningAddresses(SiloOptions options, ISiloKeys keys) : IRelayTargets, IEdgeAddress
{
    private ListenOptions? _edge;
    private ListenOptions? _tenant;
    private ListenOptions? _site;

    /// <summary>What the edge API listens on.</summary>
    public IPEndPoint Edge => Of(_edge);

    /// <summary>What the tenant API listens on.</summary>
    public IPEndPoint Tenant => Of(_tenant);

    /// <summary>What the tenants' site listens on; null where there is none.</summary>
    public IPEndPoint? Site => _site?.IPEndPoint;

    /// <summary>Where gateways and repositories reach the edge API.</summary>
    public (string Host, int Port) EdgeAddress => Resolve(options.EdgeAddress, Edge);

    /// <summary>Where gateways reach the tenant API.</summary>
    public (string Host, int Port) TenantAddress => Resolve(options.TenantAddress, Tenant);

    /// <summary>Where gateways reach the tenants' site; null where there is none.</summary>
    public (string Host, int Port)? SiteAddress => Site is { } site ? Resolve(options.SiteAddress, site) : null;

    /// <summary>Remembers a listener; once it is bound it tells the port that the system chose. The tenant API is bound first, so that whoever reaches the edge API can be told of it.</summary>
    public void Add(ApiKind kind, ListenOptions listener)
    {
        if (kind == ApiKind.Edge)
        {
            _edge = listener;
        }
        else if (kind == ApiKind.Tenant)
        {
            _tenant = listener;
        }
        else if (kind == ApiKind.TenantSite)
        {
            _site = listener;
        }
    }

    public IReadOnlyList<RelayTarget> For(ProxyEnd gateway)
    {
        var tenantApi = Target(BelievedGateways.TenantApiTarget, TenantAddress);
        return SiteAddress is { } site ? [tenantApi, Target(BelievedGateways.TenantSiteTarget, site)] : [tenantApi];

        RelayTarget Target(string id, (string Host, int Port) address) =>
            new(id, address.Host, address.Port, keys.ProxyKey(gateway, new ProxyEnd(id, 0)));
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

    private static IPEndPoint Of(ListenOptions? listener) =>
        listener?.IPEndPoint ?? throw new InvalidOperationException("The APIs do not listen yet.");
}
