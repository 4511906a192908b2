namespace Headgate.Portal.Provider.Gateways;

/// <summary>Every pool.</summary>
internal sealed record PoolsQuery : LiveQuery<ImmutableArray<PoolInfo>>
{
    public override bool IsTouchedBy(Change change) => change.Kind is SubjectKind.Gateway or SubjectKind.Tenant;

    public override Task<ImmutableArray<PoolInfo>> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.Directory().ListPoolsAsync(cancellationToken);
}
