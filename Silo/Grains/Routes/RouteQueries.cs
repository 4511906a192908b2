using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Grains.Routes;

/// <summary>
/// The queries behind look-ups, one for each, compiled once for a silo: translating them anew for each look-up costs more than running them. Not static, for a compiled query
/// is of one model, and a process may have several databases. Safe for concurrent use.
/// </summary>
internal sealed class RouteQueries
{
    private readonly Func<SiloDbContext, string, string, CancellationToken, Task<FoundRoute?>> _route = EF.CompileAsyncQuery(
        (SiloDbContext db, string label, string gateway, CancellationToken cancellationToken) => db.Routes
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
                db.Tenants.Where(tenant => tenant.Id == row.Tenant).Select(tenant => tenant.BytesPerSecond).FirstOrDefault()))
            .SingleOrDefault());

    private readonly Func<SiloDbContext, string, string, string, CancellationToken, Task<FoundAccess?>> _access = EF.CompileAsyncQuery(
        (SiloDbContext db, string serverName, string gateway, string defaultPool, CancellationToken cancellationToken) => db.Entitlements
            .Where(row => row.AccessName == serverName && db.Repositories.Any(repository => repository.Id == row.Repository && !repository.Revoked))
            .Select(row => new FoundAccess(
                row.Repository,
                row.Tenant,
                db.GatewayPools.Any(member => member.Gateway == gateway
                    && (db.TenantPools.Any(bound => bound.Tenant == row.Tenant && bound.Pool == member.Pool)
                        || (member.Pool == defaultPool && !db.TenantPools.Any(bound => bound.Tenant == row.Tenant)))),
                db.Tenants.Where(tenant => tenant.Id == row.Tenant).Select(tenant => tenant.BytesPerSecond).FirstOrDefault()))
            .SingleOrDefault());

    /// <summary>An open route to a repository that is not revoked.</summary>
    public Task<FoundRoute?> RouteAsync(SiloDbContext db, string label, string gateway, CancellationToken cancellationToken) => _route(db, label, gateway, cancellationToken);

    /// <summary>A tenant's access to a repository that is not revoked.</summary>
    public Task<FoundAccess?> AccessAsync(SiloDbContext db, string serverName, string gateway, CancellationToken cancellationToken) =>
        _access(db, serverName, gateway, DefaultPool.Id, cancellationToken);

    /// <summary>A route, whether it leads through the gateway (which is in one of its pools, and not barred), and whether that was told of it.</summary>
    internal sealed record FoundRoute(
        string ServerName, string Repository, string Tenant, string Job, DateTimeOffset Expires, bool IsThrough, bool IsTold, long? BytesPerSecond);

    /// <summary>An access, and whether the gateway is in one of its tenant's pools.</summary>
    internal sealed record FoundAccess(string Repository, string Tenant, bool IsThrough, long? BytesPerSecond);
}
