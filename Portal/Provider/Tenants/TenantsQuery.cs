namespace Headgate.Portal.Provider.Tenants;

/// <summary>A part of the list of tenants.</summary>
internal sealed record TenantsQuery(PageRequest Page) : LiveQuery<TenantsView>
{
    public override bool IsTouchedBy(Change change) => change.Kind is SubjectKind.Tenant or SubjectKind.Quota;

    public override async Task<TenantsView> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken)
    {
        var page = await grains.Directory().ListTenantsAsync(Page, cancellationToken);
        var rows = await Task.WhenAll(page.Items.Select(async tenant => new TenantRow(tenant, await QuotasAsync(grains, tenant, cancellationToken))));
        return new TenantsView([.. rows], page.Total);
    }

    public static async Task<ImmutableArray<QuotaInfo>> QuotasAsync(IGrainFactory grains, TenantInfo tenant, CancellationToken cancellationToken) =>
        [.. await Task.WhenAll(tenant.Entitlements.Select(entitlement =>
            grains.GetGrain<IQuotaGrain>($"{tenant.Tenant}/{entitlement.Repository}").GetAsync(cancellationToken)))];
}
