using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Silo.Authorization;
using Headgate.Silo.Listening;
using Headgate.Silo.Problems;
using Headgate.Silo.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Headgate.Silo.EdgeApi;

/// <summary>What gateways ask. A gateway speaks for itself alone: its id is its certificate's.</summary>
internal static class GatewayEndpoints
{
    private const double HeartbeatSeconds = 1;
    private const int MaxReasons = 64;
    private const int MaxVersionChars = 64;

    // So many a gateway names; more of them are taken where all have limits.
    private const int FullTenants = 200;
    private const int MaxTenants = 1000;

    public static void MapGateways(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(EdgeRoutes.GatewayHeartbeat, HeartbeatAsync).RequireRole(CertificateRole.Gateway);
        routes.MapGet(EdgeRoutes.Routes + "{serverName}", FindRouteAsync).RequireRole(CertificateRole.Gateway).WithRate(RateRule.LookUps);
    }

    private static async Task<Ok<GatewayHeartbeatAnswer>> HeartbeatAsync(
        GatewayHeartbeat heartbeat, HttpContext context, IClusterClient grains, HeartbeatBandwidth bandwidth, CancellationToken cancellationToken)
    {
        var tenants = heartbeat.Tenants ?? [];
        var refused = heartbeat.Refused ?? new Dictionary<string, long>();
        new FieldChecks()
            .Text("version", heartbeat.Version, 1, MaxVersionChars)
            .Range("activeConnections", heartbeat.ActiveConnections, 0, long.MaxValue)
            .Range("acceptedConnections", heartbeat.AcceptedConnections, 0, long.MaxValue)
            .Range("bytesUp", heartbeat.BytesUp, 0, long.MaxValue)
            .Range("bytesDown", heartbeat.BytesDown, 0, long.MaxValue)
            .Range("epoch", heartbeat.Epoch, 0, long.MaxValue)
            .Range("refused (reasons)", refused.Count, 0, MaxReasons)
            .Require(refused.Values.All(count => count >= 0), "refused", string.Join(", ", refused.Values), "counts of 0 and more")
            .Range("tenants (number)", tenants.Count, 0, MaxTenants)
            .Require(tenants.All(IsPossible), "tenants", tenants.FirstOrDefault(tenant => !IsPossible(tenant))?.ToString(), "each tenant by its id, with numbers of 0 and more")
            .Done();

        var total = refused.Values.Aggregate(0L, (sum, count) => long.MaxValue - sum < count ? long.MaxValue : sum + count);
        var gateway = context.Peer().Id;
        var order = await grains.GetGrain<IGatewayGrain>(gateway).HeartbeatAsync(
            new GatewayLoad(
                heartbeat.Version,
                heartbeat.ActiveConnections,
                heartbeat.AcceptedConnections,
                heartbeat.BytesUp,
                heartbeat.BytesDown,
                total,
                heartbeat.Epoch,
                heartbeat.Stopping),
            // One that has just left is named once more, for what it moved: nobody is to see it.
            [.. tenants.Where(tenant => tenant.Connections > 0).Select(Load)],
            cancellationToken);
        var shares = await bandwidth.ShareAsync(gateway, heartbeat.Tenants, tenants.Count < FullTenants, cancellationToken);
        return TypedResults.Ok(new GatewayHeartbeatAnswer(order.WantedState.ToWire(), HeartbeatSeconds, shares, order.DrainLeft?.TotalSeconds));
    }

    private static bool IsPossible(TenantTraffic? tenant) => tenant is
    {
        Connections: >= 0, UpBytesPerSecond: >= 0, DownBytesPerSecond: >= 0, UpShareBytesPerSecond: null or >= 0, DownShareBytesPerSecond: null or >= 0,
    } && Identifier.IsValid(tenant.Tenant);

    private static TenantLoad Load(TenantTraffic traffic) =>
        new(traffic.Tenant, traffic.Connections, traffic.UpBytesPerSecond, traffic.DownBytesPerSecond, traffic.UpHeldBack || traffic.DownHeldBack);

    private static async Task<Ok<GatewayRoute>> FindRouteAsync(
        string serverName, HttpContext context, IClusterClient grains, CancellationToken cancellationToken)
    {
        new FieldChecks().Require(ZoneNames.IsDnsName(serverName), "serverName", serverName, "a lower-case DNS name").Done();
        var gateway = context.Peer().Id;
        var route = await grains.GetGrain<IRouteReader>("routes").FindAsync(serverName, gateway, cancellationToken);

        // Whoever learns of a run's route by asking is told when it closes, before it learns of it.
        var isOpen = route is not null && (route is { Job: null } or { IsTold: true }
            || await grains.GetGrain<IJobGrain>($"{route.Tenant}/{route.Job}").AddGatewayAsync(serverName, gateway, cancellationToken));
        if (!isOpen)
        {
            throw new RefusedException(RefusalReason.NotFound, $"The name {serverName} leads nowhere, or not through this gateway.");
        }

        return TypedResults.Ok(new GatewayRoute(route!.ServerName, route.Repository, route.Tenant, route.Expires, route.BytesPerSecond));
    }
}
