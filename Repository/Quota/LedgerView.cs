namespace Headgate.Repository.Quota;

/// <summary>A tenant's quota at one moment, in bytes.</summary>
/// <param name="Limit">The limit; null when none is known.</param>
/// <param name="Used">What committed objects cost.</param>
/// <param name="Reserved">What uploads under way may still cost.</param>
/// <param name="Locks">Lock files, which do not count against the limit.</param>
internal readonly record struct LedgerView(long? Limit, long Used, long Reserved, int Locks)
{
    /// <summary>The maintenance allowance: 5 % of the limit, at least 1 GiB.</summary>
    public long MaintenanceBytes => Limit is { } limit ? Math.Max(limit / 20, 1L << 30) : 0;

    /// <summary>Whether ordinary writes are at their end.</summary>
    public bool IsFull => Limit is not { } limit || Used + Reserved + QuotaUse.MinObjectBytes > limit;
}
