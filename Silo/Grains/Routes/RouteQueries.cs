using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Grains.Routes;

/// <summary>The queries behind look-ups, one for each. Safe for concurrent use.</summary>
internal sealed class RouteQueries(IDbContextFactory<SiloDbContext> contexts) : IDisposable
{
    private readonly KeptQuery<FoundRoute> _route = new(
        contexts,
        db =>
        {
            var (label, gateway) = ("", "");
            return db.Routes
                .Where(row => row.Label == label && db.Repositories.Any(repository => repository.Id == row.Repository && !repository.Revoked))
                .Select(row => new FoundRoute(
                    row.ServerName,
                    row.Repository,
                    row.Tenant,
                    row.Job,
                    row.Expires,
                    db.GatewayPools.Any(member => member.Gateway == gateway && ("," + row.Pools + ",").Contains("," + member.Pool + ","))
                        && !db.RouteGateways.Any(told => told.Label == label && told.Gateway == gateway && told.Barred),
                    db.RouteGateways.Any(told => told.Label == label && told.Gateway == gateway),
                    db.Tenants.Where(tenant => tenant.Id == row.Tenant).Select(tenant => tenant.BytesPerSecond).FirstOrDefault()));
        },
        ["label", "gateway"],
        row => new FoundRoute(
            row.GetString(0),
            row.GetString(1),
            row.GetString(2),
            row.GetString(3),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)),
            row.GetBoolean(5),
            row.GetBoolean(6),
            row.IsDBNull(7) ? null : row.GetInt64(7)));

    private readonly KeptQuery<FoundAccess> _access = new(
        contexts,
        db =>
        {
            var (serverName, gateway) = ("", "");
            return db.Entitlements
                .Where(row => row.AccessName == serverName && db.Repositories.Any(repository => repository.Id == row.Repository && !repository.Revoked))
                .Select(row => new FoundAccess(
                    row.Repository,
                    row.Tenant,
                    db.GatewayPools.Any(member => member.Gateway == gateway
                        && (db.TenantPools.Any(bound => bound.Tenant == row.Tenant && bound.Pool == member.Pool)
                            || (member.Pool == DefaultPool.Id && !db.TenantPools.Any(bound => bound.Tenant == row.Tenant)))),
                    db.Tenants.Where(tenant => tenant.Id == row.Tenant).Select(tenant => tenant.BytesPerSecond).FirstOrDefault()));
        },
        ["serverName", "gateway"],
        row => new FoundAccess(row.GetString(0), row.GetString(1), row.GetBoolean(2), row.IsDBNull(3) ? null : row.GetInt64(3)));

    /// <summary>An open route to a repository that is not revoked.</summary>
    public Task<FoundRoute?> RouteAsync(string label, string gateway, CancellationToken cancellationToken) => _route.FirstOrDefaultAsync([label, gateway], cancellationToken);

    /// <summary>A tenant's access to a repository that is not revoked.</summary>
    public Task<FoundAccess?> AccessAsync(string serverName, string gateway, CancellationToken cancellationToken) =>
        _access.FirstOrDefaultAsync([serverName, gateway], cancellationToken);

    public void Dispose()
    {
        _route.Dispose();
        _access.Dispose();
    }

    /// <summary>A route, whether it leads through the gateway (which is in one of its pools, and not barred), and whether that was told of it.</summary>
    internal sealed record FoundRoute(
        string ServerName, string Repository, string Tenant, string Job, DateTimeOffset Expires, bool IsThrough, bool IsTold, long? BytesPerSecond);

    /// <summary>An access, and whether the gateway is in one of its tenant's pools.</summary>
    internal sealed record FoundAccess(string Repository, string Tenant, bool IsThrough, long? BytesPerSecond);
}
