using System.Net;
using Headgate.Protocol.Proxy;
using Headgate.Silo.Authorization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Listening;

/// <summary>
/// The silo's listening sockets and what comes before HTTP on each. Edge: TLS. Tenant: PROXY v2, whether that gateway is to be believed, TLS.
/// Each connection carries its <see cref="ApiKind"/>; requests are told apart by it and by nothing that the peer says.
/// </summary>
internal static class ApiListeners
{
    private static readonly TimeSpan s_handshakeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Listens for the edge API. After the tenant API.</summary>
    public static void ListenEdge(this KestrelServerOptions kestrel, IPEndPoint endPoint) => kestrel.Listen(endPoint, listen =>
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.Use(ApiKind.Edge);
        listen.UseConnectionGate(listen.ApplicationServices, ApiKind.Edge);
        listen.UseHttps(Tls(listen.ApplicationServices.GetRequiredService<SiloTls>().Edge));
        listen.UseHandshakeDone();
    });

    /// <summary>Listens for the tenant API.</summary>
    public static void ListenTenant(this KestrelServerOptions kestrel, IPEndPoint endPoint) => kestrel.Listen(endPoint, listen =>
    {
        var services = listen.ApplicationServices;
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.Use(ApiKind.Tenant);
        listen.UseGateways(services, ApiKind.Tenant, BelievedGateways.TenantApiTarget);
        listen.UseHttps(Tls(services.GetRequiredService<SiloTls>().Tenant));
        listen.UseHandshakeDone();
    });

    /// <summary>What comes before TLS where only gateways connect: a PROXY v2 header that names <paramref name="target"/>, from a gateway that is to be believed.</summary>
    /// <param name="listen">The listener.</param>
    /// <param name="services">The silo's services, which need not be the listener's.</param>
    /// <param name="kind">What it serves, for the counters.</param>
    /// <param name="target">Its id among gateways' targets.</param>
    public static void UseGateways(this ListenOptions listen, IServiceProvider services, ApiKind kind, string target)
    {
        var believed = services.GetRequiredService<BelievedGateways>();
        var metrics = services.GetRequiredService<ApiMetrics>();
        var gate = listen.UseConnectionGate(services, kind);
        listen.UseProxyProtocol(
            gateway => believed.KeyOf(gateway, target),
            status => metrics.ConnectionRefused(kind, "proxy-" + status.ToString().ToLowerInvariant()),
            believed.LearnAsync);
        listen.Use(next => async connection =>
        {
            var header = connection.Features.GetRequiredFeature<IProxyConnectionFeature>().Header;
            using var held = believed.Hold(connection, header.Gateway, kind);
            if (held is not null)
            {
                await gate.EnterToldAsync(connection, kind, admitted => next(admitted));
                return;
            }

            metrics.ConnectionRefused(kind, "gateway-not-believed");
            connection.Abort(new ConnectionAbortedException("The gateway is not registered, or was revoked."));
        });
    }

    /// <summary>Says that TLS stands. Comes after <c>UseHttps</c>.</summary>
    public static void UseHandshakeDone(this ListenOptions listen) => listen.Use(next => connection =>
    {
        ConnectionGate.HandshakeDone(connection);
        return next(connection);
    });

    /// <summary>Listens for the management API; the socket file's mode is what guards it.</summary>
    public static void ListenManagement(this KestrelServerOptions kestrel, string socketPath) => kestrel.ListenUnixSocket(socketPath, listen =>
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(ApiKind.Management);
    });

    /// <summary>A pipeline of its own for one API; only requests on its listeners enter it, and none leaves it.</summary>
    public static void MapApi(this IApplicationBuilder app, ApiKind kind, Action<IApplicationBuilder> configure) =>
        app.MapWhen(context => context.Features.Get<IApiFeature>()?.Kind == kind, configure);

    private static ConnectionGate UseConnectionGate(this ListenOptions listen, IServiceProvider services, ApiKind kind)
    {
        var gate = services.GetRequiredService<ConnectionGate>();
        listen.Use(next => connection => gate.EnterAsync(connection, kind, admitted => next(admitted)));
        return gate;
    }

    private static void Use(this ListenOptions listen, ApiKind kind)
    {
        listen.ApplicationServices.GetRequiredService<ListeningAddresses>().Add(kind, listen);
        var feature = new ApiFeature(kind);
        listen.Use(next => connection =>
        {
            connection.Features.Set<IApiFeature>(feature);
            connection.Features.Set(new ConnectionPeer());
            return next(connection);
        });
    }

    /// <summary>TLS as the silo's own pages and APIs have it: the options are asked for at each handshake.</summary>
    public static TlsHandshakeCallbackOptions Tls(
        Func<TlsHandshakeCallbackContext, ValueTask<System.Net.Security.SslServerAuthenticationOptions>> onConnection) =>
        new() { OnConnection = onConnection, HandshakeTimeout = s_handshakeTimeout };

    private sealed record ApiFeature(ApiKind Kind) : IApiFeature;
}
