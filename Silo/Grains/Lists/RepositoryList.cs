using Headgate.Grains;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Grains.Lists;

/// <summary>Ids of repositories: the grains describe them.</summary>
internal static class RepositoryList
{
    public static async Task<(List<string> Ids, int Total, ImmutableArray<QuotaSum> Quotas)> ReadAsync(
        SiloDbContext db, PageRequest page, CancellationToken cancellationToken)
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
        var sums = await db.Quotas.Where(quota => ids.Contains(quota.Repository))
            .GroupBy(quota => quota.Repository)
            .Select(quotas => new { quotas.Key, Count = quotas.Count(), Limit = quotas.Sum(quota => (double)quota.LimitBytes), Used = quotas.Sum(quota => (double)quota.UsedBytes) })
            .ToDictionaryAsync(sum => sum.Key, cancellationToken);
        return (
            ids,
            await rows.CountAsync(cancellationToken),
            [.. ids.Select(id => sums.TryGetValue(id, out var sum) ? new QuotaSum(id, sum.Count, Whole(sum.Limit), Whole(sum.Used)) : new QuotaSum(id, 0, 0, 0))]);
    }

    /// <summary>A sum of bytes. Limits are chosen freely: one of integers could overflow in the database, one of doubles is exact up to 8 PiB and near enough beyond.</summary>
    public static long Whole(double bytes) => bytes >= long.MaxValue ? long.MaxValue : (long)bytes;
}
