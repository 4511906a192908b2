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
internal sealed class RouteReader(IDbContextFactory<SiloDbContext> contexts, RouteQueries queries, ISiloKeys keys, SiloOptions options, TimeProvider time) : Grain, IRouteReader
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

    private async Task<RouteInfo?> FindRouteAsync(string label, string gateway, CancellationToken cancellationToken) =>
        await queries.RouteAsync(label, gateway, cancellationToken) is { IsThrough: true } route
            ? new RouteInfo(route.ServerName, route.Repository, route.Tenant, route.Expires, route.Job, route.IsTold, route.BytesPerSecond)
            : null;

    private async Task<RouteInfo?> FindAccessAsync(string serverName, string gateway, CancellationToken cancellationToken)
    {
        var expires = time.NowInMilliseconds() + s_accessLifetime;
        if (await queries.AccessAsync(serverName, gateway, cancellationToken) is { } access)
        {
            return access.IsThrough ? new RouteInfo(serverName, access.Repository, access.Tenant, expires, BytesPerSecond: access.BytesPerSecond) : null;
        }
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var repositories = await db.Repositories.Where(row => !row.Revoked).Select(row => row.Id).OrderBy(id => id).ToListAsync(cancellationToken);
        return repositories.Count == 0 ? null : new RouteInfo(serverName, repositories[Pick(serverName, repositories.Count)], null, expires);
    }

    // The same name leads to the same repository each time, as one that somebody has does.
    private static int Pick(string serverName, int count)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(serverName), hash);
        return (int)(BitConverter.ToUInt32(hash) % (uint)count);
    }
}
