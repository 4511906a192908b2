namespace Headgate.Portal.Provider.Gateways;

/// <summary>Part of the list of gateways, with their loads.</summary>
internal sealed record GatewaysQuery(PageRequest Page) : LiveQuery<GatewayPage>
{
    public override TimeSpan? Refresh => TimeSpan.FromSeconds(1);

    public override bool IsTouchedBy(Change change) => change.Kind == SubjectKind.Gateway;

    public override Task<GatewayPage> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.Directory().ListGatewaysAsync(Page, cancellationToken);
}
