namespace Headgate.Portal.Tenants;

/// <summary>The tenant of whoever looks: profile, repositories, connectors, access keys.</summary>
internal sealed record TenantQuery(string Tenant) : LiveQuery<TenantInfo>
{
    public override bool IsTouchedBy(Change change) => change.Kind == SubjectKind.Tenant && change.Key == Tenant;

    public override Task<TenantInfo> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.GetGrain<ITenantGrain>(Tenant).GetAsync(cancellationToken);
}
