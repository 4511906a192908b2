namespace Headgate.Grains;

/// <summary>A tenant's quota on one repository.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Repository">The repository.</param>
/// <param name="LimitBytes">The limit.</param>
/// <param name="UsedBytes">The use the repository last reported.</param>
/// <param name="Reported">When it was reported, or null when never.</param>
/// <param name="Version">Rises with every change.</param>
[GenerateSerializer, Immutable, Alias("headgate.quota-info")]
public sealed record QuotaInfo(
    string Tenant,
    string Repository,
    long LimitBytes,
    long UsedBytes,
    DateTimeOffset? Reported,
    long Version);
