namespace Headgate.Grains;

/// <summary>What an administrator says of a quota. A number of bytes alone is a limit that leaves the soft limit as it is.</summary>
/// <param name="LimitBytes">The limit: nothing is granted above it. 1 MiB and more.</param>
/// <param name="SoftLimitBytes">From here on the use is called high, and nothing is refused; at most the limit. Null leaves it as it is, 0 takes it away.</param>
[GenerateSerializer, Immutable, Alias("headgate.quota-terms")]
public sealed record QuotaTerms(long LimitBytes, long? SoftLimitBytes = null)
{
    /// <summary>A limit; the soft limit stays as it is.</summary>
    /// <param name="limitBytes">The limit.</param>
    public static implicit operator QuotaTerms(long limitBytes) => new(limitBytes);
}
