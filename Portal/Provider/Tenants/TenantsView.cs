namespace Headgate.Portal.Provider.Tenants;

/// <summary>A part of the list of tenants, with their quotas.</summary>
internal sealed record TenantsView(ImmutableArray<TenantRow> Items, int Total);

/// <summary>A tenant in the list.</summary>
internal sealed record TenantRow(TenantInfo Tenant, ImmutableArray<QuotaInfo> Quotas)
{
    public long UsedBytes => Sizes.Sum(Quotas.Select(quota => quota.UsedBytes));

    public long LimitBytes => Sizes.Sum(Quotas.Select(quota => quota.LimitBytes));

    public int Connectors => Tenant.Connectors.Count(connector => !connector.Revoked);
}
