namespace Headgate.Grains;

/// <summary>A part of a list, by id.</summary>
/// <param name="Items">The rows.</param>
/// <param name="Total">Rows in all.</param>
/// <param name="Quotas">The quotas on each of <paramref name="Items"/>, in their order.</param>
[GenerateSerializer, Immutable, Alias("headgate.repository-page")]
public sealed record RepositoryPage(
    ImmutableArray<RepositoryInfo> Items,
    int Total,
    ImmutableArray<QuotaSum> Quotas);
