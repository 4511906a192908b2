using Headgate.Grains;
using Headgate.Silo.Grains.Tenants;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Mapping;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Grains.Lists;

internal static class TenantList
{
    public static async Task<TenantPage> ReadAsync(SiloDbContext db, PageRequest page, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var rows = db.Tenants.AsQueryable();
        if (page.Search is { } search)
        {
            rows = rows.Where(row => row.Id.Contains(search) || row.DisplayName.ToLower().Contains(search));
        }
        rows = page.Filter switch
        {
            null => rows,
            "active" => rows.Where(row => row.Status == TenantStatus.Active && (row.LeaseEnds == null || row.LeaseEnds > now)),
            "disabled" => Disabled(rows),
            "near-quota" => NearQuota(db, rows),
            "lease-ended" => rows.Where(row => row.LeaseEnds <= now),
            _ => throw page.NoSuchFilter("active, disabled, near-quota, lease-ended"),
        };
        // Sums of doubles: limits are chosen freely, and a sum of integers could overflow in the database.
        var sorted = page.Sort switch
        {
            null or "id" => rows.By(page, row => row.Id),
            "name" => rows.By(page, row => row.DisplayName.ToLower()),
            "used" => rows.By(page, row => db.Quotas.Where(quota => quota.Tenant == row.Id).Sum(quota => (double)quota.UsedBytes)),
            "limit" => rows.By(page, row => db.Quotas.Where(quota => quota.Tenant == row.Id).Sum(quota => (double)quota.LimitBytes)),
            "lease-end" => rows.By(page, row => row.LeaseEnds ?? DateTimeOffset.MaxValue),
            "created" => rows.By(page, row => row.Created),
            _ => throw page.NoSuchOrder("id, name, used, limit, lease-end, created"),
        };
        var tenants = await sorted.Then(page, row => row.Id).Part(page).ToListAsync(cancellationToken);
        var states = await TenantMapper.LoadShownAsync(db, tenants, cancellationToken);
        return new TenantPage(
            [.. tenants.Zip(states, (row, state) => TenantView.Of(row.Id, state).Info)],
            await rows.CountAsync(cancellationToken));
    }

    public static IQueryable<TenantRow> Disabled(IQueryable<TenantRow> rows) => rows.Where(row => row.Status == TenantStatus.Disabled);

    public static IQueryable<TenantRow> NearQuota(SiloDbContext db, IQueryable<TenantRow> rows) =>
        rows.Where(row => QuotaList.NearLimit(db.Quotas).Any(quota => quota.Tenant == row.Id));
}
