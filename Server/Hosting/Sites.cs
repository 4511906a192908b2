using System.Net;
using Headgate.Grains;
using Headgate.Portal;
using Headgate.Portal.Provider;
using Headgate.Portal.Tenants;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Proxy;
using Headgate.Server.Doctor;
using Headgate.Silo.Certificates;
using Headgate.Silo.Listening;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Headgate.Server.Hosting;

/// <summary>
/// The provider's portal and the tenants' site: each a web host of its own in this process, started before the APIs listen, so that gateways
/// hear of the tenants' site in their first snapshot.
/// </summary>
internal sealed class Sites(ServerOptions options, IServiceProvider services) : IHostedService, IAsyncDisposable
{
    private WebApplication? _portal;
    private WebApplication? _site;
    private SiteCertificate? _portalCertificate;
    private SiteCertificate? _siteCertificate;

    /// <summary>The portal's address, or null where there is none.</summary>
    public string? Portal => AddressOf(_portal);

    /// <summary>What the tenants' site listens on, or null where there is none.</summary>
    public string? Site => AddressOf(_site);

    /// <summary>How the sites are reached, for the doctor; empty where there are none.</summary>
    public IReadOnlyList<SiteFacts> Facts()
    {
        if (Portal is null || services.GetRequiredService<ListeningAddresses>().SiteAddress is not { } site)
        {
            return [];
        }

        var name = new ZoneNames(options.Silo.Zone).TenantSite;
        return
        [
            new("portal", "--portal-listen", new Uri(Portal).Authority, null, _portalCertificate!.File, _portalCertificate.Shown.NotAfter, CoversName: true),
            new("tenants' site", "--site-address", EndPointText.Format(site.Host, site.Port), name, _siteCertificate!.File, _siteCertificate.Shown.NotAfter, _siteCertificate.Shown.MatchesHostname(name)),
        ];
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.PortalListen is null)
        {
            return;
        }

        EndPointText.TryParseListen(options.PortalListen, out var portal);
        EndPointText.TryParseListen(options.SiteListen, out var site);
        _site = SiteHost.Build<TenantApp>(Describe("tenants", AccountRole.Tenant, "Headgate backup", site!, ListenForTenants()), services, TenantFiles.Map);
        _portal = SiteHost.Build<ProviderApp>(Describe("provider", AccountRole.Administrator, "Headgate portal", portal!, ListenForProvider()), services);
        await _site.StartAsync(cancellationToken);
        await _portal.StartAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(new[] { _portal, _site }.OfType<WebApplication>().Select(site => site.StopAsync(cancellationToken)));

    public async ValueTask DisposeAsync()
    {
        foreach (var site in new[] { _portal, _site }.OfType<WebApplication>())
        {
            await site.DisposeAsync();
        }
    }

    private static string? AddressOf(WebApplication? site) =>
        site?.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();

    private SiteOptions Describe(string name, AccountRole role, string title, IPEndPoint listen, Action<ListenOptions> configure) => new()
    {
        Name = name,
        Role = role,
        Title = title,
        Zone = options.Silo.Zone,
        Provider = DescribeProvider(),
        Listen = listen,
        ConfigureListener = configure,
        SessionLifetime = options.SessionLifetime,
    };

    private ProviderFacts DescribeProvider()
    {
        var authority = services.GetRequiredService<Authority>();
        return new(
            EndPointText.Format(options.Silo.PublicName ?? new ZoneNames(options.Silo.Zone).TenantApi, options.Silo.PublicPort), authority.Fingerprint, authority.RootPem, options.Contact);
    }

    private Action<ListenOptions> ListenForProvider()
    {
        var certificate = _portalCertificate = Certificate(options.PortalCertificate, options.PortalKey);
        return listen => listen.UseHttps(ApiListeners.Tls(_ => new(certificate.Options())));
    }

    private Action<ListenOptions> ListenForTenants()
    {
        var certificate = _siteCertificate = Certificate(options.SiteCertificate, options.SiteKey);
        return listen =>
        {
            services.GetRequiredService<ListeningAddresses>().Add(ApiKind.TenantSite, listen);
            listen.UseGateways(services, ApiKind.TenantSite, BelievedGateways.TenantSiteTarget);
            listen.Use(next => connection =>
            {
                // Whom the gateway saw, for the limits on signing in and for the audit.
                connection.RemoteEndPoint = connection.Features.GetRequiredFeature<IProxyConnectionFeature>().Header.Source;
                return next(connection);
            });
            listen.UseHttps(ApiListeners.Tls(_ => new(certificate.Options())));
            listen.UseHandshakeDone();
        };
    }

    private SiteCertificate Certificate(string? certificate, string? key) => new(
        certificate, key, services.GetRequiredService<SiloCertificate>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<SiteCertificate>>());
}
