using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Silo.Certificates;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Storage;

/// <summary>Snapshots as queries.</summary>
internal sealed class EdgeSnapshots(
    IDbContextFactory<SiloDbContext> contexts, ISiloKeys keys, IRelayTargets relayTargets, RestoreHistory restores, SiloOptions options, TimeProvider time) : IEdgeSnapshots
{
    public async Task<GatewaySnapshot?> GatewayAsync(string gateway, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var moment = await db.BeginReadAsync(cancellationToken);
        var row = await db.Gateways.SingleOrDefaultAsync(row => row.Id == gateway, cancellationToken);
        if (row is null)
        {
            return null;
        }
        var own = new ProxyEnd(gateway, row.Enrolment);
        var repositories = await db.Repositories.Where(row => !row.Revoked).OrderBy(row => row.Id).ToListAsync(cancellationToken);
        var routes = await db.Routes
            .Where(route => db.RouteGateways.Any(pushed => pushed.Label == route.Label && pushed.Gateway == gateway && !pushed.Barred))
            .Where(route => db.Repositories.Any(row => row.Id == route.Repository && !row.Revoked))
            .Join(db.Tenants, route => route.Tenant, tenant => tenant.Id, (route, tenant) => new { Route = route, tenant.BytesPerSecond })
            .ToListAsync(cancellationToken);
        return new GatewaySnapshot(
            await NewestAsync(db, cancellationToken),
            gateway,
            options.Zone,
            row.WantedState.ToWire(),
            [.. relayTargets.For(own), .. repositories.Select(to => new RelayTarget(to.Id, to.Host, to.Port, keys.ProxyKey(own, new ProxyEnd(to.Id, to.Enrolment)), to.Enrolment))],
            [.. routes.Select(row => EdgeRecords.GatewayRoute(row.Route, row.BytesPerSecond))],
            row.DrainEnds is { } ends ? EdgeRecords.Left(ends, time.GetUtcNow()).TotalSeconds : null);
    }

    public async Task<RepositorySnapshot?> RepositoryAsync(string repository, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var moment = await db.BeginReadAsync(cancellationToken);
        var found = await db.Repositories.SingleOrDefaultAsync(row => row.Id == repository, cancellationToken);
        if (found is null)
        {
            return null;
        }
        var own = new ProxyEnd(repository, found.Enrolment);
        var gateways = await db.Gateways
            .Where(row => row.Serial != null && !row.Revoked)
            .OrderBy(row => row.Id)
            .Select(row => new { row.Id, row.Enrolment })
            .ToListAsync(cancellationToken);
        var routes = await db.Routes.Where(row => row.Repository == repository).ToListAsync(cancellationToken);
        var now = time.GetUtcNow();
        var entitlements = await db.Entitlements
            .Where(row => row.Repository == repository)
            .Join(db.Tenants, row => row.Tenant, tenant => tenant.Id, (row, tenant) => new
            {
                row.AccessName,
                row.Tenant,
                IsServed = tenant.Status == TenantStatus.Active && (tenant.LeaseEnds == null || tenant.LeaseEnds > now),
            })
            .ToListAsync(cancellationToken);
        var accessKeys = (await db.AccessKeys.Where(row => row.Repository == repository && !row.Revoked).ToListAsync(cancellationToken)).ToLookup(row => row.Tenant);
        var quotas = await db.Quotas
            .Where(row => row.Repository == repository)
            .Select(row => new TenantQuota(row.Tenant, row.LimitBytes))
            .ToListAsync(cancellationToken);
        return new RepositorySnapshot(
            await NewestAsync(db, cancellationToken),
            repository,
            options.Zone,
            [.. gateways.Select(from => new GatewayKey(from.Id, keys.ProxyKey(new ProxyEnd(from.Id, from.Enrolment), own), from.Enrolment))],
            [.. routes.Select(EdgeRecords.RunGrant)],
            [.. entitlements.Select(row => new AccessGrant(row.AccessName, row.Tenant, row.IsServed ? [.. accessKeys[row.Tenant].Select(AccessKey)] : []))],
            quotas,
            restores.Last?.Restored);
    }

    public async Task<EdgeHolder?> HolderAsync(CertificateRole role, string id, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await (role == CertificateRole.Gateway
            ? db.Gateways.Where(row => row.Id == id).Select(row => new EdgeHolder(row.Serial, row.PreviousSerial, row.Enrolment))
            : db.Repositories.Where(row => row.Id == id).Select(row => new EdgeHolder(row.Serial, row.PreviousSerial, row.Enrolment)))
            .SingleOrDefaultAsync(cancellationToken);
    }

    public async Task<RunGrant?> GrantAsync(string repository, string serverName, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var route = await db.Routes.SingleOrDefaultAsync(row => row.ServerName == serverName && row.Repository == repository, cancellationToken);
        return route is null ? null : EdgeRecords.RunGrant(route);
    }

    public async Task<RunReference?> RunAsync(string repository, string serverName, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Runs
            .Where(row => row.ServerName == serverName && row.Repository == repository)
            .Select(row => new RunReference(row.Tenant, row.Job, row.Run))
            .SingleOrDefaultAsync(cancellationToken);
    }

    public async Task<AccessReference?> AccessAsync(string repository, string serverName, string accessKey, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.AccessKeys
            .Where(row => row.Key == accessKey && row.Repository == repository)
            .Join(
                db.Entitlements.Where(row => row.Repository == repository && row.AccessName == serverName),
                row => row.Tenant,
                entitlement => entitlement.Tenant,
                (row, _) => new AccessReference(row.Tenant, row.Name))
            .SingleOrDefaultAsync(cancellationToken);
    }

    private static AccessKeyGrant AccessKey(AccessKeyRow row) => new(row.Key, row.SecretSha256, row.Level.ToWire());

    private static async Task<long> NewestAsync(SiloDbContext db, CancellationToken cancellationToken) =>
        await db.EdgeLog.MaxAsync(row => (long?)row.Sequence, cancellationToken) ?? 0;
}
