using System.Collections.Concurrent;
using Headgate.Protocol.Edge;

namespace Headgate.Repository.Quota;

/// <summary>The accounts of all tenants. Safe for concurrent use.</summary>
internal sealed class QuotaBook(RepositoryOptions options)
{
    private readonly ConcurrentDictionary<string, TenantLedger> _ledgers = new(StringComparer.Ordinal);

    /// <summary>All accounts.</summary>
    public IEnumerable<TenantLedger> All => _ledgers.Values;

    /// <summary>A tenant's account; without a limit until the silo told one.</summary>
    public TenantLedger Of(string tenant) => _ledgers.GetOrAdd(tenant, name => new TenantLedger(name, options.MaxLocksPerTenant));

    /// <summary>Takes one limit.</summary>
    public void Apply(TenantQuota quota) => Of(quota.Tenant).SetLimit(quota.LimitBytes);

    /// <summary>Takes all limits; tenants not among them have none.</summary>
    public void Replace(IReadOnlyList<TenantQuota> quotas)
    {
        var limits = quotas.ToDictionary(quota => quota.Tenant, quota => quota.LimitBytes, StringComparer.Ordinal);
        foreach (var tenant in limits.Keys)
        {
            Of(tenant);
        }

        foreach (var ledger in All)
        {
            ledger.SetLimit(limits.TryGetValue(ledger.Tenant, out var limit) ? limit : null);
        }
    }

    /// <summary>What changed since the silo last acknowledged.</summary>
    public IReadOnlyList<TenantUsage> Unreported() =>
        [.. from ledger in All
            let used = ledger.Unreported()
            where used is not null
            select new TenantUsage(ledger.Tenant, used.Value)];

    /// <summary>The silo acknowledged <paramref name="usage"/>.</summary>
    public void Reported(IReadOnlyList<TenantUsage> usage)
    {
        foreach (var tenant in usage)
        {
            Of(tenant.Tenant).Reported(tenant.UsedBytes);
        }
    }

    /// <summary>The silo was away: one that was killed had not written all that it acknowledged, and one restored from a backup knows less still.</summary>
    public void ReportAgain()
    {
        foreach (var ledger in All)
        {
            ledger.ReportAgain();
        }
    }
}
