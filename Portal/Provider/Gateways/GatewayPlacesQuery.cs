namespace Headgate.Portal.Provider.Gateways;

/// <summary>Where a gateway stands in its pools, and why: what runs that begin now go by.</summary>
internal sealed record GatewayPlacesQuery(string Gateway) : LiveQuery<ImmutableArray<GatewayPlace>>
{
    public override TimeSpan? Refresh => TimeSpan.FromSeconds(2);

    public override bool IsTouchedBy(Change change) => change.Kind == SubjectKind.Gateway;

    public override async Task<ImmutableArray<GatewayPlace>> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken)
    {
        var gateway = await grains.GetGrain<IGatewayGrain>(Gateway).GetAsync(cancellationToken);
        return [.. await Task.WhenAll(gateway.Pools.Select(async pool =>
        {
            var places = await grains.GetGrain<IGatewayRanker>(pool).ExplainAsync(cancellationToken);
            return new GatewayPlace(pool, places.FirstOrDefault(place => place.Gateway == Gateway), places.Count(place => place.Place is not null));
        }))];
    }
}
