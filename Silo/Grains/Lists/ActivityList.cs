using Headgate.Grains;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Grains.Lists;

internal static class ActivityList
{
    private const int MaxKinds = 16;

    public static async Task<ActivityPage> ReadAsync(SiloDbContext db, string? tenant, PageRequest page, CancellationToken cancellationToken)
    {
        var rows = db.Audit.AsQueryable();
        if (tenant is not null)
        {
            rows = rows.Where(row => row.Tenant == tenant);
        }
        if (page.Search is { } search)
        {
            rows = rows.Where(row => row.Who.ToLower().Contains(search) || row.What.ToLower().Contains(search) || row.Kind.Contains(search));
        }
        if (page.Filter is { } filter)
        {
            // Kinds are words of this program; asked for one that never happened, the list is empty.
            var kinds = filter.Split(',');
            if (kinds.Length > MaxKinds || kinds.Any(kind => kind.Length is 0 or > 64 || !kind.All(character => char.IsAsciiLetterLower(character) || character == '-')))
            {
                throw page.NoSuchFilter($"a kind of entry, such as tenant-created, or up to {MaxKinds} with commas between them");
            }
            rows = rows.Where(row => kinds.Contains(row.Kind));
        }
        if (page.Sort is not (null or "time"))
        {
            throw page.NoSuchOrder("time");
        }
        var newestFirst = page with { Descending = !page.Descending };
        var entries = await rows.By(newestFirst, row => row.Id).Part(page).ToListAsync(cancellationToken);
        return new ActivityPage(
            [.. entries.Select(row => new ActivityInfo(row.Id, row.At, row.Kind, row.Who, row.What, row.Tenant))],
            await rows.CountAsync(cancellationToken));
    }
}
