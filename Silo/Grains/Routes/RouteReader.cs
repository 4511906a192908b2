using System.Security.Cryptography;
using System.Text;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Silo.Certificates;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Grains.Routes;

/// <summary>Server name to route, by queries. A label's MAC is checked before anything is asked.</summary>
[GrainType("route-reader")]
[StatelessWorker]
internal sealed class RouteReader(IDbContextFactory<SiloDbContext> contexts, ISiloKeys keys, SiloOptions options, TimeProvider time) : Grain, IRouteReader
{
    private static readonly TimeSpan s_accessLifetime = TimeSpan.FromMinutes(15);

    private readonly ZoneNames _names = new(options.Zone);

    public Task<RouteInfo?> FindAsync(string serverName, string gateway, CancellationToken cancellationToken) => _names.Classify(serverName) switch
    {
        ServerNameKind.Route when RouteLabel.IsAuthentic(_names.LabelOf(serverName), keys.LabelKey.Span) =>
            FindRouteAsync(_names.LabelOf(serverName).ToString(), gateway, cancellationToken),
        ServerNameKind.Access => FindAccessAsync(serverName, gateway, cancellationToken),
        _ => Task.FromResult<RouteInfo?>(null),
    };

    private async Task<RouteInfo?> FindRouteAsync(string label, string gateway, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var route = await db.Routes
            .Where(row => row.Label == label && db.Repositories.Any(repository => repository.Id == row.Repository && !repository.Revoked))
            .SingleOrDefaultAsync(cancellationToken);
        if (route is null)
        {
            return null;
        }
        var told = await db.RouteGateways.SingleOrDefaultAsync(row => row.Label == label && row.Gateway == gateway, cancellationToken);
        if (told is { Barred: true })
        {
            return null;
        }
        var pools = await db.GatewayPools.Where(row => row.Gateway == gateway).Select(row => row.Pool).ToListAsync(cancellationToken);
        return route.Pools.Split(',').Intersect(pools, StringComparer.Ordinal).Any()
            ? new RouteInfo(
                route.ServerName, route.Repository, route.Tenant, route.Expires, route.Job,
                told is not null,
                await LimitAsync(db, route.Tenant, cancellationToken))
            : null;
    }

    private async Task<RouteInfo?> FindAccessAsync(string serverName, string gateway, CancellationToken cancellationToken)
    {
        var expires = time.NowInMilliseconds() + s_accessLifetime;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var usable = db.Repositories.Where(row => !row.Revoked);
        var access = await db.Entitlements
            .Where(row => row.AccessName == serverName && usable.Any(repository => repository.Id == row.Repository))
            .SingleOrDefaultAsync(cancellationToken);
        var pools = await db.GatewayPools.Where(row => row.Gateway == gateway).Select(row => row.Pool).ToListAsync(cancellationToken);
        if (access is not null)
        {
            var bound = await db.TenantPools.Where(row => row.Tenant == access.Tenant).Select(row => row.Pool).ToListAsync(cancellationToken);
            return DefaultPool.Or(bound).Intersect(pools, StringComparer.Ordinal).Any()
                ? new RouteInfo(
                    serverName, access.Repository, access.Tenant, expires, BytesPerSecond: await LimitAsync(db, access.Tenant, cancellationToken))
                : null;
        }
        var repositories = await usable.Select(row => row.Id).OrderBy(id => id).ToListAsync(cancellationToken);
        return repositories.Count == 0 ? null : new RouteInfo(serverName, repositories[Pick(serverName, repositories.Count)], null, expires);
    }

    private static Task<long?> LimitAsync(SiloDbContext db, string tenant, CancellationToken cancellationToken) =>
        db.Tenants.Where(row => row.Id == tenant).Select(row => row.BytesPerSecond).SingleOrDefaultAsync(cancellationToken);

    // The same name leads to the same repository each time, as one that somebody has does.
    private static int Pick(string serverName, int count)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(serverName), hash);
        return (int)(BitConverter.ToUInt32(hash) % (uint)count);
    }
}
