using Headgate.Grains;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Grains.Lists;

internal static class FleetTokenList
{
    public static async Task<FleetTokenPage> ReadAsync(SiloDbContext db, PageRequest page, CancellationToken cancellationToken)
    {
        var rows = db.FleetTokens.AsQueryable();
        if (page.Search is { } search)
        {
            rows = rows.Where(row => row.Id.Contains(search) || row.Name.ToLower().Contains(search));
        }
        if (page.Filter is not null)
        {
            throw page.NoSuchFilter("none");
        }
        if (page.Sort is not (null or "created"))
        {
            throw page.NoSuchOrder("created");
        }
        var newestFirst = page with { Descending = !page.Descending };
        var tokens = await rows.By(newestFirst, row => row.Created).Then(newestFirst, row => row.Id).Part(page).ToListAsync(cancellationToken);
        var ids = tokens.Select(row => row.Id).ToList();
        var gateways = (await db.FleetGateways
            .Where(row => ids.Contains(row.Token))
            .OrderBy(row => row.Position)
            .ToListAsync(cancellationToken)).ToLookup(row => row.Token, row => row.Gateway);
        return new FleetTokenPage(
            [.. tokens.Select(row => new FleetTokenInfo(
                row.Id, row.Name, [.. row.Pools.Split(',')], row.Weight, row.MaxGateways, [.. gateways[row.Id]], row.Created, row.Expires, row.Revoked, row.Version))],
            await rows.CountAsync(cancellationToken));
    }
}
