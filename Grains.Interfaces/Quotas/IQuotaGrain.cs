namespace Headgate.Grains;

/// <summary>
/// Limit and use of one tenant on one repository. Key: <c>tenant/repository</c>. The repository counts and enforces; this holds what it is told to enforce
/// and what it last reported. Leases over several hosts are added here.
/// </summary>
[Alias("headgate.quota")]
public interface IQuotaGrain : IGrainWithStringKey
{
    /// <summary>Sets the limit in bytes and tells the repository; makes the quota when there is none.</summary>
    Task<QuotaInfo> SetLimitAsync(long limitBytes, long? expectedVersion, CancellationToken cancellationToken);

    /// <summary>The quota; refused with <see cref="RefusalReason.NoQuota"/> when there is none.</summary>
    [AlwaysInterleave]
    Task<QuotaInfo> GetAsync(CancellationToken cancellationToken);

    /// <summary>The repository's count, in memory at once, written at most every 30 s. A report older than the last one (by epoch, then sequence) is dropped.</summary>
    Task ReportUsageAsync(long usedBytes, long epoch, long sequence, CancellationToken cancellationToken);
}
