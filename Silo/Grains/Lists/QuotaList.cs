using Headgate.Grains;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Grains.Lists;

/// <summary>Keys of quotas: the grains know what was reported in the last 30 s and not yet written.</summary>
internal static class QuotaList
{
    private const string OfRepository = "repository:";

    public static async Task<(List<string> Keys, int Total)> ReadAsync(SiloDbContext db, string? tenant, PageRequest page, CancellationToken cancellationToken)
    {
        var rows = db.Quotas.AsQueryable();
        if (tenant is not null)
        {
            rows = rows.Where(row => row.Tenant == tenant);
        }
        if (page.Search is { } search)
        {
            rows = rows.Where(row => row.Tenant.Contains(search) || row.Repository.Contains(search));
        }
        rows = page.Filter switch
        {
            null => rows,
            "near-quota" => NearLimit(rows),
            _ when page.FilterAfter(OfRepository) is { } repository => rows.Where(row => row.Repository == repository),
            _ => throw page.NoSuchFilter("near-quota, repository:ID"),
        };
        var sorted = page.Sort switch
        {
            null or "tenant" => rows.By(page, row => row.Tenant),
            "repository" => rows.By(page, row => row.Repository),
            "used" => rows.By(page, row => row.UsedBytes),
            "limit" => rows.By(page, row => row.LimitBytes),
            "fill" => rows.By(page, row => (double)row.UsedBytes / row.LimitBytes),
            _ => throw page.NoSuchOrder("tenant, repository, used, limit, fill"),
        };
        var keys = await sorted
            .Then(page, row => row.Tenant).Then(page, row => row.Repository)
            .Part(page)
            .Select(row => new { row.Tenant, row.Repository })
            .ToListAsync(cancellationToken);
        return ([.. keys.Select(key => GrainKey.Of(key.Tenant, key.Repository))], await rows.CountAsync(cancellationToken));
    }

    /// <summary>Filled to 90 % or more, in whole bytes that no limit overflows.</summary>
    public static IQueryable<QuotaRow> NearLimit(IQueryable<QuotaRow> rows) => rows.Where(row => row.LimitBytes - row.UsedBytes <= row.LimitBytes / 10);
}
