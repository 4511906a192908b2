namespace Headgate.Grains;

/// <summary>A part of a list, by id.</summary>
/// <param name="Items">The rows.</param>
/// <param name="Total">Rows in all.</param>
[GenerateSerializer, Immutable, Alias("headgate.tenant-page")]
public sealed record TenantPage(
    ImmutableArray<TenantInfo> Items,
    int Total);
