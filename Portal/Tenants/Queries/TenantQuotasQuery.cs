namespace Headgate.Portal.Tenants;

/// <summary>The tenant's quotas. What is used is reported between writes, so it is asked for again.</summary>
internal sealed record TenantQuotasQuery(string Tenant) : LiveQuery<ImmutableArray<QuotaInfo>>
{
    private const int Most = 500;

    public override TimeSpan? Refresh => TimeSpan.FromSeconds(2);

    public override bool IsTouchedBy(Change change) => change.Kind == SubjectKind.Quota && OfTenant.IsKey(Tenant, change.Key);

    public override async Task<ImmutableArray<QuotaInfo>> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        (await grains.Directory().ListQuotasAsync(Tenant, new PageRequest(0, Most, null), cancellationToken)).Items;
}
