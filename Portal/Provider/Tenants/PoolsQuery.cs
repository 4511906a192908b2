namespace Headgate.Portal.Provider.Tenants;

/// <summary>The gateway pools.</summary>
internal sealed record PoolsQuery : LiveQuery<ImmutableArray<PoolInfo>>
{
    public override bool IsTouchedBy(Change change) => change.Kind is SubjectKind.Gateway or SubjectKind.Tenant;

    public override Task<ImmutableArray<PoolInfo>> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.GetGrain<IDirectory>("directory").ListPoolsAsync(cancellationToken);
}
