namespace Headgate.Repository.Quota;

/// <summary>How large leases are: sized in time, and towards the limit ever smaller, so that several hosts share what is left.</summary>
internal static class LeaseSize
{
    /// <summary>What a host likes to hold ahead of what it needs, at least, in bytes.</summary>
    public const long MinAheadBytes = 64L << 20;

    /// <summary>How many seconds of uploads, at the rate observed, a lease reaches ahead.</summary>
    public const double AheadSeconds = 30;

    /// <summary>What is left of a quota is not shared further below this, in bytes: who asks takes it all.</summary>
    public const long LastBytes = 1L << 20;

    /// <summary>More is never asked for, so that sums of wishes cannot overflow.</summary>
    public const long MaxBytes = 1L << 60;

    /// <summary>How long a tenant that uploads nothing keeps what is held for it.</summary>
    public static readonly TimeSpan IdleAfter = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How far to reach ahead: <see cref="AheadSeconds"/> at <paramref name="rate"/>, at least <see cref="MinAheadBytes"/>, but at most half of what the limit
    /// leaves (<paramref name="left"/>), because another host may want the other half.
    /// </summary>
    public static long Ahead(double rate, long left)
    {
        if (left <= LastBytes)
        {
            return Math.Max(0, left);
        }

        var wish = (long)Math.Clamp(rate * AheadSeconds, MinAheadBytes, MaxBytes);
        return Math.Min(wish, left / 2);
    }

    /// <summary>Adds, and stays below <see cref="MaxBytes"/>.</summary>
    public static long Add(long left, long right) => left > MaxBytes - right ? MaxBytes : left + right;
}
