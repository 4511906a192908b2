namespace Headgate.Portal.Provider.Gateways;

/// <summary>One gateway, with its load.</summary>
internal sealed record GatewayQuery(string Gateway) : LiveQuery<GatewayInfo>
{
    public override TimeSpan? Refresh => TimeSpan.FromSeconds(1);

    public override bool IsTouchedBy(Change change) => change.Kind == SubjectKind.Gateway && change.Key == Gateway;

    public override Task<GatewayInfo> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.GetGrain<IGatewayGrain>(Gateway).GetAsync(cancellationToken);
}
