namespace Headgate.Grains;

/// <summary>Which part of a list.</summary>
/// <param name="Skip">Rows to pass over.</param>
/// <param name="Take">Rows to answer, 1 to 500.</param>
/// <param name="Search">Only ids and names that contain this, or null.</param>
[GenerateSerializer, Immutable, Alias("headgate.page-request")]
public sealed record PageRequest(
    int Skip,
    int Take,
    string? Search);
