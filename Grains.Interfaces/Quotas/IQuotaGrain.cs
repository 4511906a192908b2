namespace Headgate.Grains;

/// <summary>
/// Limit and use of one tenant on one repository, and the leases of its hosts. Key: <c>tenant/repository</c>. A lease is a ceiling for one host; no grant raises
/// what all hosts use and hold together above the limit. The hosts count and enforce.
/// </summary>
[Alias("headgate.quota")]
public interface IQuotaGrain : IGrainWithStringKey
{
    /// <summary>Sets limit and soft limit and tells the repository; makes the quota when there is none. A lower limit takes nothing back.</summary>
    Task<QuotaInfo> SetAsync(QuotaTerms terms, long? expectedVersion, CancellationToken cancellationToken);

    /// <summary>
    /// Takes the quota and its leases away and tells the repository; <see cref="ITenantGrain.RemoveQuotaAsync"/> also ends the tenant's access. Refused with
    /// <see cref="RefusalReason.Invalid"/> while something is used or held, unless that is to be left.
    /// </summary>
    Task RemoveAsync(QuotaRemoval removal, CancellationToken cancellationToken);

    /// <summary>The quota; refused with <see cref="RefusalReason.NoQuota"/> when there is none.</summary>
    [AlwaysInterleave]
    Task<QuotaInfo> GetAsync(CancellationToken cancellationToken);

    /// <summary>The quota with its leases; refused with <see cref="RefusalReason.NoQuota"/> when there is none.</summary>
    [AlwaysInterleave]
    Task<QuotaDetails> ShowAsync(CancellationToken cancellationToken);

    /// <summary>
    /// A host's word on its lease. Idempotent by epoch and sequence; whatever is raised has been written when it is answered. Refused with
    /// <see cref="RefusalReason.NoQuota"/> when there is none.
    /// </summary>
    Task<LeaseGrant> LeaseAsync(LeaseClaim claim, CancellationToken cancellationToken);

    /// <summary>
    /// Takes back what a host holds unused, on an administrator's word that it writes no more. Its process is superseded until the host comes back with a higher
    /// epoch and a recount. Refused with <see cref="RefusalReason.NotFound"/> when that host has no lease.
    /// </summary>
    Task<QuotaDetails> FenceAsync(string host, LeaseFence fence, CancellationToken cancellationToken);
}
