using Headgate.Grains;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Grains.Lists;

internal static class OverviewQuery
{
    public static async Task<Overview> ReadAsync(SiloDbContext db, DateTimeOffset now, CancellationToken cancellationToken) => new(
        await db.Tenants.CountAsync(cancellationToken),
        await TenantList.Disabled(db.Tenants).CountAsync(cancellationToken),
        await TenantList.NearQuota(db, db.Tenants).CountAsync(cancellationToken),
        await db.Gateways.CountAsync(row => !row.Revoked, cancellationToken),
        await db.Repositories.CountAsync(row => !row.Revoked, cancellationToken),
        await db.Runs.CountAsync(row => row.Ended == null, cancellationToken),
        await JobList.Failed(db, db.Jobs).CountAsync(cancellationToken),
        await JobList.Silent(db, db.Jobs, now).CountAsync(cancellationToken),
        RepositoryList.Whole(await db.Quotas.SumAsync(row => (double)row.LimitBytes, cancellationToken)),
        RepositoryList.Whole(await db.Quotas.SumAsync(row => (double)row.UsedBytes, cancellationToken)));
}
