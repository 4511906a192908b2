namespace Headgate.Repository.Quota;

/// <summary>How quotas count.</summary>
internal static class QuotaUse
{
    /// <summary>What the smallest object costs, in bytes: a block of common file systems, so that a million tiny objects are not free.</summary>
    public const long MinObjectBytes = 4096;

    /// <summary>What an object of <paramref name="size"/> bytes costs.</summary>
    public static long CostOf(long size) => Math.Max(size, MinObjectBytes);
}
