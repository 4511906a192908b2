using Headgate.Connector.Drills;
using Headgate.Grains;
using Headgate.Protocol.Tenant;

namespace Headgate.Server.Drills;

/// <summary>What a drill needs at the provider's: a tenant of its own, room on the repository, two gateways, and a connector that is enrolled.</summary>
internal sealed class DrillPlace(IClusterClient grains, DrillConnector connector)
{
    private const string DisplayName = "Failover drills";
    private const long RoomBytes = 256L << 20;
    private static readonly TimeSpan s_codeLifetime = TimeSpan.FromMinutes(10);

    /// <summary>Makes what is not there.</summary>
    /// <returns>The gateways that the drill begins with.</returns>
    /// <exception cref="DrillFailedException">Something that a drill cannot make is missing.</exception>
    /// <exception cref="RefusedException">A grain refused.</exception>
    public async Task<GatewayList> PrepareAsync(DrillInfo drill, CancellationToken cancellationToken)
    {
        var ranker = grains.GetGrain<IGatewayRanker>(drill.Pool);
        var list = await ranker.RankAsync(new RankRequest(DrillGrains.Tenant, 0, [], DrillGrains.Job), cancellationToken);
        if (list.Gateways.Length < 2)
        {
            throw new DrillFailedException(DrillWords.TooFew(
                drill.Pool, [.. list.Gateways.Select(place => place.Gateway)], await ranker.ExplainAsync(cancellationToken)));
        }

        var gateways = new GatewayList(
            list.Version, list.Stale, [.. list.Gateways.Select(place => new GatewayEntry(place.Rank, place.Gateway, place.Host, place.Port, place.Why))]);
        var tenant = await TenantAsync(drill, cancellationToken);
        var own = connector.Enrolled();
        if (!tenant.Connectors.Any(known => $"{tenant.Tenant}/{known.Connector}" == own && !known.Revoked))
        {
            var code = await Tenant.CreateCodeAsync(s_codeLifetime, AccessLevel.Full, cancellationToken);
            await connector.EnrolAsync(code.Code, Environment.MachineName, gateways, cancellationToken);
        }

        return gateways;
    }

    private ITenantGrain Tenant => grains.GetGrain<ITenantGrain>(DrillGrains.Tenant);

    private async Task<TenantInfo> TenantAsync(DrillInfo drill, CancellationToken cancellationToken)
    {
        TenantInfo tenant;
        try
        {
            tenant = await Tenant.GetAsync(cancellationToken);
        }
        catch (RefusedException refusal) when (refusal.Reason == RefusalReason.NotFound)
        {
            tenant = await Tenant.CreateAsync(new CreateTenant(DisplayName, [drill.Pool], null, 0), cancellationToken);
        }

        if (!tenant.Pools.SequenceEqual([drill.Pool]))
        {
            tenant = await Tenant.ChangeAsync(new ChangeTenant(null, null, [drill.Pool], null, null, null), cancellationToken);
        }

        if (tenant.Entitlements.All(entitlement => entitlement.Repository != drill.Repository))
        {
            await Tenant.SetQuotaAsync(drill.Repository, RoomBytes, null, cancellationToken);
        }

        return tenant;
    }
}
