namespace Headgate.Grains;

/// <summary>A tenant's quota on one repository.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Repository">The repository.</param>
/// <param name="LimitBytes">The limit.</param>
/// <param name="UsedBytes">The use that the repository's hosts last reported.</param>
/// <param name="Reported">When a host last reported, or null when never.</param>
/// <param name="Version">Rises with every change that an administrator makes.</param>
/// <param name="SoftLimitBytes">From here on the use is called high; null when there is none.</param>
/// <param name="ReservedBytes">What hosts hold beyond what they use, for uploads that are under way or near.</param>
[GenerateSerializer, Immutable, Alias("headgate.quota-info")]
public sealed record QuotaInfo(
    string Tenant,
    string Repository,
    long LimitBytes,
    long UsedBytes,
    DateTimeOffset? Reported,
    long Version,
    long? SoftLimitBytes = null,
    long ReservedBytes = 0)
{
    /// <summary>Whether more is used than the soft limit. Nothing is refused for it.</summary>
    public bool IsOverSoftLimit => UsedBytes > SoftLimitBytes;
}
