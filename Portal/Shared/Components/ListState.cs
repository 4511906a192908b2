using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;

namespace Headgate.Portal;

/// <summary>Which part of a list a page shows: all of it stands in the address, so that it can be kept, sent and gone back to.</summary>
/// <param name="Page">1 is the first.</param>
/// <param name="Sort">The column, or null for the list's own order.</param>
/// <param name="Descending">Whether the last comes first.</param>
/// <param name="Search">What to search for, or null.</param>
/// <param name="Filter">The filter, or null.</param>
public sealed record ListState(int Page, string? Sort, bool Descending, string? Search, string? Filter)
{
    /// <summary>Rows on a page.</summary>
    public const int PageSize = 25;

    private const int MaxText = 100;

    /// <summary>What the address says; nonsense in it counts as nothing said.</summary>
    public static ListState From(NavigationManager navigation)
    {
        var query = QueryHelpers.ParseQuery(navigation.ToAbsoluteUri(navigation.Uri).Query);
        string? Text(string name) => query.TryGetValue(name, out var value) && value.ToString() is { Length: > 0 and <= MaxText } text ? text : null;
        return new ListState(
            int.TryParse(Text("page"), out var page) && page is > 0 and <= 1_000_000 ? page : 1,
            Text("sort"),
            Text("desc") == "1",
            Text("q"),
            Text("filter"));
    }

    /// <summary>The address of this state on the page of <paramref name="navigation"/>; other parameters there stay.</summary>
    public string Href(NavigationManager navigation) => navigation.GetUriWithQueryParameters(new Dictionary<string, object?>
    {
        ["page"] = Page > 1 ? Page : null,
        ["sort"] = Sort,
        ["desc"] = Descending ? 1 : null,
        ["q"] = Search,
        ["filter"] = Filter,
    });

    /// <summary>What to ask the directory.</summary>
    public PageRequest ToRequest() => new((Page - 1) * PageSize, PageSize, Search, Sort, Descending, Filter);
}
