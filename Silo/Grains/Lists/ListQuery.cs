using System.Linq.Expressions;
using Headgate.Grains;

namespace Headgate.Silo.Grains.Lists;

/// <summary>What lists have in common. The last key of every order is unique, and turns round with the others.</summary>
internal static class ListQuery
{
    private const int MaxTake = 500;
    private const int MaxSearch = 100;

    /// <summary>The request with its search as it is compared: in lower case, null where there is none.</summary>
    /// <exception cref="RefusedException">The part cannot be.</exception>
    public static PageRequest Checked(PageRequest page)
    {
        Require.Range("skip", page.Skip, 0, int.MaxValue);
        Require.Range("take", page.Take, 1, MaxTake);
        Require.Range("search (characters)", page.Search?.Length ?? 0, 0, MaxSearch);
        return page with { Search = string.IsNullOrEmpty(page.Search) ? null : page.Search.ToLowerInvariant() };
    }

    public static IOrderedQueryable<TRow> By<TRow, TKey>(this IQueryable<TRow> rows, PageRequest page, Expression<Func<TRow, TKey>> key) =>
        page.Descending ? rows.OrderByDescending(key) : rows.OrderBy(key);

    public static IOrderedQueryable<TRow> Then<TRow, TKey>(this IOrderedQueryable<TRow> rows, PageRequest page, Expression<Func<TRow, TKey>> key) =>
        page.Descending ? rows.ThenByDescending(key) : rows.ThenBy(key);

    public static IQueryable<TRow> Part<TRow>(this IOrderedQueryable<TRow> rows, PageRequest page) => rows.Skip(page.Skip).Take(page.Take);

    /// <summary>What stands behind <paramref name="prefix"/> in the filter, or null.</summary>
    public static string? FilterAfter(this PageRequest page, string prefix) =>
        page.Filter?.StartsWith(prefix, StringComparison.Ordinal) is true ? page.Filter[prefix.Length..] : null;

    public static RefusedException NoSuchOrder(this PageRequest page, string allowed) => Require.Invalid("sort", page.Sort, allowed);

    public static RefusedException NoSuchFilter(this PageRequest page, string allowed) => Require.Invalid("filter", page.Filter, allowed);
}
