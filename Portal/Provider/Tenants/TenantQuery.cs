namespace Headgate.Portal.Provider.Tenants;

/// <summary>A tenant with its quotas.</summary>
internal sealed record TenantQuery(string Tenant) : LiveQuery<TenantRow>
{
    public override bool IsTouchedBy(Change change) => change.Kind switch
    {
        SubjectKind.Tenant => change.Key == Tenant,
        SubjectKind.Quota => change.Key.StartsWith(Tenant + "/", StringComparison.Ordinal),
        _ => false,
    };

    public override async Task<TenantRow> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken)
    {
        var tenant = await grains.GetGrain<ITenantGrain>(Tenant).GetAsync(cancellationToken);
        return new TenantRow(tenant, await TenantsQuery.QuotasAsync(grains, tenant, cancellationToken));
    }
}
