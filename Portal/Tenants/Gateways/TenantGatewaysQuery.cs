namespace Headgate.Portal.Tenants.Gateways;

/// <summary>The gateways of the tenant's pools that serve it, by name. Which pools these are is the tenant's row to say, at each read.</summary>
internal sealed record TenantGatewaysQuery(string Tenant) : LiveQuery<ImmutableArray<TenantGateway>>
{
    public override TimeSpan? Refresh => TimeSpan.FromSeconds(2);

    public override bool IsTouchedBy(Change change) =>
        change.Kind == SubjectKind.Gateway || (change.Kind == SubjectKind.Tenant && change.Key == Tenant);

    public override async Task<ImmutableArray<TenantGateway>> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken)
    {
        var tenant = await grains.GetGrain<ITenantGrain>(Tenant).GetAsync(cancellationToken);
        var pools = await Task.WhenAll(tenant.Pools.Select(pool => grains.GetGrain<IGatewayPoolGrain>(pool).GetAsync(cancellationToken)));
        return
        [
            .. pools.SelectMany(pool => pool.Members)
                .Where(member => member.WantedState != WantedState.Disabled)
                .DistinctBy(member => member.Gateway)
                .OrderBy(member => member.Gateway, StringComparer.Ordinal)
                .Select(member => new TenantGateway(member.Gateway, member.Host, member.Port, StateOf(member))),
        ];
    }

    private static GatewayService StateOf(PoolMember member) =>
        !member.Heard ? GatewayService.Silent : member.WantedState == WantedState.Draining ? GatewayService.Leaving : GatewayService.Serving;
}
