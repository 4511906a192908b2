using Headgate.Grains;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Grains.Lists;

/// <summary>Ids of gateways: the grains describe them.</summary>
internal static class GatewayList
{
    private const string OfPool = "pool:";

    public static async Task<(List<string> Ids, int Total)> ReadAsync(SiloDbContext db, PageRequest page, CancellationToken cancellationToken)
    {
        var rows = db.Gateways.AsQueryable();
        if (page.Search is { } search)
        {
            rows = rows.Where(row => row.Id.Contains(search) || row.Host.Contains(search) || row.DisplayName.ToLower().Contains(search));
        }
        rows = page.Filter switch
        {
            null => rows,
            "active" => InUse(rows, WantedState.Active),
            "draining" => InUse(rows, WantedState.Draining),
            "disabled" => InUse(rows, WantedState.Disabled),
            "revoked" => rows.Where(row => row.Revoked),
            "not-enrolled" => rows.Where(row => row.Serial == null && !row.Revoked),
            _ when page.FilterAfter(OfPool) is { } pool => rows.Where(row => db.GatewayPools.Any(member => member.Gateway == row.Id && member.Pool == pool)),
            _ => throw page.NoSuchFilter("active, draining, disabled, revoked, not-enrolled, pool:NAME"),
        };
        var sorted = page.Sort switch
        {
            null or "id" => rows.By(page, row => row.Id),
            "host" => rows.By(page, row => row.Host).Then(page, row => row.Port),
            "weight" => rows.By(page, row => row.Weight),
            _ => throw page.NoSuchOrder("id, host, weight"),
        };
        var ids = await sorted.Then(page, row => row.Id).Part(page).Select(row => row.Id).ToListAsync(cancellationToken);
        return (ids, await rows.CountAsync(cancellationToken));
    }

    private static IQueryable<GatewayRow> InUse(IQueryable<GatewayRow> rows, WantedState state) =>
        rows.Where(row => row.WantedState == state && row.Serial != null && !row.Revoked);
}
