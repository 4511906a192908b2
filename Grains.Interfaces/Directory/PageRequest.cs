namespace Headgate.Grains;

/// <summary>Which part of a list.</summary>
/// <param name="Skip">Rows to pass over.</param>
/// <param name="Take">Rows to answer, 1 to 500.</param>
/// <param name="Search">Only ids and names that contain this, or null.</param>
/// <param name="Sort">The column to order by, one that the list names; null for its own order.</param>
/// <param name="Descending">Whether the last comes first.</param>
/// <param name="Filter">One of the filters that the list names; null for everything.</param>
[GenerateSerializer, Immutable, Alias("headgate.page-request")]
public sealed record PageRequest(
    int Skip,
    int Take,
    string? Search,
    string? Sort = null,
    bool Descending = false,
    string? Filter = null);
