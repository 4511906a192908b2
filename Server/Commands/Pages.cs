using System.Collections.Immutable;

namespace Headgate.Server.Commands;

/// <summary>Fetches a list page by page.</summary>
internal static class Pages
{
    private const int Take = 500;

    public static async Task<List<TItem>> AllAsync<TPage, TItem>(
        AdminClient server, string path, Func<TPage, (ImmutableArray<TItem> Items, int Total)> read, CancellationToken cancellationToken, string? tenant = null)
    {
        var all = new List<TItem>();
        while (true)
        {
            var page = await server.GetAsync<TPage>(AdminClient.Query(path, ("tenant", tenant), ("skip", all.Count), ("take", Take)), cancellationToken);
            var (items, total) = read(page);
            all.AddRange(items);
            if (items.Length == 0 || all.Count >= total)
            {
                return all;
            }
        }
    }
}
