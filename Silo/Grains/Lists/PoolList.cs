using Headgate.Grains;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Grains.Lists;

internal static class PoolList
{
    public static async Task<ImmutableArray<PoolInfo>> ReadAsync(SiloDbContext db, CancellationToken cancellationToken)
    {
        // A revoked gateway keeps its pools for the day it is enrolled again, and serves none until then.
        var members = db.GatewayPools.Where(row => db.Gateways.Any(gateway => gateway.Id == row.Gateway && !gateway.Revoked));
        var gateways = (await members.OrderBy(row => row.Gateway).ToListAsync(cancellationToken)).ToLookup(row => row.Pool, row => row.Gateway);
        var tenants = await db.TenantPools
            .GroupBy(row => row.Pool)
            .Select(rows => new { Pool = rows.Key, Count = rows.Count() })
            .ToDictionaryAsync(row => row.Pool, row => row.Count, cancellationToken);
        // A tenant that is bound to none uses the default pool.
        var unbound = await db.Tenants.CountAsync(row => !db.TenantPools.Any(pool => pool.Tenant == row.Id), cancellationToken);
        tenants[DefaultPool.Id] = tenants.GetValueOrDefault(DefaultPool.Id) + unbound;
        return
        [
            .. gateways.Select(pool => pool.Key)
                .Union(tenants.Keys, StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Select(pool => new PoolInfo(pool, [.. gateways[pool]], tenants.GetValueOrDefault(pool))),
        ];
    }
}
