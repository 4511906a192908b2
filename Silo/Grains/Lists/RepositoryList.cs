using Headgate.Grains;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Grains.Lists;

/// <summary>Ids of repositories: the grains describe them.</summary>
internal static class RepositoryList
{
    public static async Task<(List<string> Ids, int Total)> ReadAsync(SiloDbContext db, PageRequest page, CancellationToken cancellationToken)
    {
        var rows = db.Repositories.AsQueryable();
        if (page.Search is { } search)
        {
            rows = rows.Where(row => row.Id.Contains(search) || row.Host.Contains(search));
        }
        if (page.Filter is not null)
        {
            throw page.NoSuchFilter("none");
        }
        var sorted = page.Sort switch
        {
            null or "id" => rows.By(page, row => row.Id),
            "host" => rows.By(page, row => row.Host).Then(page, row => row.Port),
            _ => throw page.NoSuchOrder("id, host"),
        };
        var ids = await sorted.Then(page, row => row.Id).Part(page).Select(row => row.Id).ToListAsync(cancellationToken);
        return (ids, await rows.CountAsync(cancellationToken));
    }
}
