namespace Headgate.Portal.Provider.Gateways;

/// <summary>Part of the list of fleet tokens.</summary>
internal sealed record FleetTokensQuery(PageRequest Page) : LiveQuery<FleetTokenPage>
{
    public override bool IsTouchedBy(Change change) => change.Kind == SubjectKind.FleetToken;

    public override Task<FleetTokenPage> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.Directory().ListFleetTokensAsync(Page, cancellationToken);
}
