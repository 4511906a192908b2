namespace Headgate.Portal.Provider.Gateways;

/// <summary>The busiest tenants of a gateway, with their names.</summary>
internal sealed record GatewayTenantsQuery(string Gateway) : LiveQuery<GatewayTenants>
{
    private const int Shown = 8;

    public override TimeSpan? Refresh => TimeSpan.FromSeconds(2);

    public override bool IsTouchedBy(Change change) => false;

    public override async Task<GatewayTenants> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken)
    {
        var loads = await grains.GetGrain<IGatewayGrain>(Gateway).GetTenantsAsync(cancellationToken);
        var busiest = loads
            .OrderByDescending(load => (double)load.UpBytesPerSecond + load.DownBytesPerSecond)
            .ThenByDescending(load => load.Connections)
            .ThenBy(load => load.Tenant, StringComparer.Ordinal)
            .Take(Shown);
        var rows = await Task.WhenAll(busiest.Select(async load => new GatewayTenant(load, await NameAsync(grains, load.Tenant, cancellationToken))));
        return new GatewayTenants([.. rows], loads.Length);
    }

    private static async Task<string?> NameAsync(IGrainFactory grains, string tenant, CancellationToken cancellationToken)
    {
        try
        {
            return (await grains.GetGrain<ITenantGrain>(tenant).GetAsync(cancellationToken)).DisplayName;
        }
        catch (RefusedException refusal) when (refusal.Reason == RefusalReason.NotFound)
        {
            // The gateway speaks for itself: it may name one that is not there.
            return null;
        }
    }
}
