using System.Collections.Concurrent;
using System.Threading.Channels;
using Headgate.Protocol.Edge;

namespace Headgate.Repository.Quota;

/// <summary>The accounts of all tenants, and which of them have something to ask. Safe for concurrent use.</summary>
internal sealed class QuotaBook(RepositoryOptions options, RepositoryMetrics metrics, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, TenantLedger> _ledgers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<TenantLedger, byte> _asking = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile bool _isSuperseded;

    /// <summary>All accounts.</summary>
    public IEnumerable<TenantLedger> All => _ledgers.Values;

    /// <summary>Whether a later process of this host, or an administrator's fence, has ended this process's writing; for good.</summary>
    public bool IsSuperseded => _isSuperseded;

    /// <summary>One item whenever an account has something to ask, or <see cref="Wake"/> was called.</summary>
    public ChannelReader<bool> Woken => _wake.Reader;

    /// <summary>A tenant's account; without a limit until the silo told one.</summary>
    public TenantLedger Of(string tenant) => _ledgers.GetOrAdd(tenant, name => new TenantLedger(name, this, options, time));

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

    /// <summary>An account has something to ask of the silo.</summary>
    public void Ask(TenantLedger ledger)
    {
        _asking[ledger] = 0;
        Wake();
    }

    /// <summary>Wakes who asks the silo.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>The accounts that have asked since.</summary>
    public IReadOnlyCollection<TenantLedger> Asking()
    {
        var asking = _asking.Keys;
        foreach (var ledger in asking)
        {
            _asking.TryRemove(ledger, out _);
        }

        return [.. asking];
    }

    /// <summary>Counts an upload that waits, until the result is disposed.</summary>
    public LeaseWait Waiting() => new(metrics, time);

    /// <summary>The silo may have lost what it was told: one that was killed had not written all of it, and one restored from a backup knows less still.</summary>
    public void TellAgain()
    {
        foreach (var ledger in All)
        {
            ledger.TellAgain();
        }
    }

    /// <summary>Ends this process's writing, for every tenant and for good.</summary>
    public void Supersede()
    {
        _isSuperseded = true;
        foreach (var ledger in All)
        {
            ledger.Supersede();
        }
    }
}
