namespace Headgate.Portal.Provider.Tenants;

/// <summary>What tenants move now, over all gateways. Compared by the ids, so that pages with the same tenants share one read.</summary>
internal sealed record TenantTrafficQuery : LiveQuery<ImmutableDictionary<string, TenantTrafficInfo>>
{
    private readonly string _tenants;

    /// <summary>Of these tenants.</summary>
    public TenantTrafficQuery(IEnumerable<string> tenants) => _tenants = string.Join(',', tenants.Order(StringComparer.Ordinal));

    public override TimeSpan? Refresh => TimeSpan.FromSeconds(2);

    public override bool IsTouchedBy(Change change) => false;

    public override async Task<ImmutableDictionary<string, TenantTrafficInfo>> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken)
    {
        var traffic = await grains.Directory().ListTrafficAsync([.. _tenants.Split(',', StringSplitOptions.RemoveEmptyEntries)], cancellationToken);
        return traffic.ToImmutableDictionary(each => each.Tenant, StringComparer.Ordinal);
    }
}
