namespace Headgate.Grains;

/// <summary>The quotas on one repository, all tenants together, as they were last written.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Count">How many there are.</param>
/// <param name="LimitBytes">Their limits together; at most <see cref="long.MaxValue"/>.</param>
/// <param name="UsedBytes">Used of them.</param>
[GenerateSerializer, Immutable, Alias("headgate.quota-sum")]
public sealed record QuotaSum(
    string Repository,
    int Count,
    long LimitBytes,
    long UsedBytes);
