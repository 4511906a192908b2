using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Tenant;
using Headgate.Silo.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Headgate.Silo.TenantApi;

/// <summary>What a connector may see of its tenant: status, quotas, jobs, the gateway list.</summary>
internal static class StatusEndpoints
{
    private static readonly PageRequest s_page = new(0, 500, null);

    public static void MapTenantStatus(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(TenantRoutes.Status, GetStatusAsync).RequireRole(CertificateRole.Connector);
        routes.MapGet(TenantRoutes.Gateways, GetGatewaysAsync).RequireRole(CertificateRole.Connector);
    }

    private static async Task<Ok<TenantStatusAnswer>> GetStatusAsync(HttpContext context, IClusterClient grains, CancellationToken cancellationToken)
    {
        var peer = context.Peer();
        var directory = grains.GetGrain<IDirectory>("directory");
        var tenant = await grains.GetGrain<ITenantGrain>(peer.Tenant).GetAsync(cancellationToken);
        var quotas = await directory.ListQuotasAsync(peer.Tenant, s_page, cancellationToken);
        var jobs = await directory.ListJobsAsync(peer.Tenant, s_page, cancellationToken);
        var accessNames = tenant.Entitlements.ToDictionary(entitlement => entitlement.Repository, entitlement => entitlement.AccessName, StringComparer.Ordinal);
        return TypedResults.Ok(new TenantStatusAnswer(
            tenant.Tenant,
            tenant.DisplayName,
            tenant.Status.ToString().ToLowerInvariant(),
            peer.Connector,
            tenant.LeaseEnds,
            [.. quotas.Items.Select(quota => quota.ToWire(accessNames.GetValueOrDefault(quota.Repository, "")))],
            [.. jobs.Items.Select(job => job.ToWire())]));
    }

    // A refresh: it promises no connections to anybody.
    private static async Task<Ok<GatewayList>> GetGatewaysAsync(HttpContext context, IClusterClient grains, CancellationToken cancellationToken)
    {
        var peer = context.Peer();
        var tenant = await grains.GetGrain<ITenantGrain>(peer.Tenant).GetAsync(cancellationToken);
        if (tenant.Status == TenantStatus.Disabled)
        {
            throw new RefusedException(RefusalReason.TenantDisabled, $"The tenant {tenant.Tenant} is disabled. Ask the provider.");
        }

        var list = await grains.GetGrain<IGatewayRanker>(tenant.Pools[0])
            .RankAsync(new RankRequest(tenant.Tenant, 0, tenant.Pools.RemoveAt(0)), cancellationToken);
        return TypedResults.Ok(list.ToWire());
    }
}
