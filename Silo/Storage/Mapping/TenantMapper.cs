using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Silo.Grains.Tenants;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Storage.Mapping;

internal sealed class TenantMapper(TimeProvider time) : IStateMapper<TenantState>
{
    public SubjectKind Kind => SubjectKind.Tenant;

    public async Task<(TenantState State, long Version)?> LoadAsync(SiloDbContext db, string key, CancellationToken cancellationToken)
    {
        var row = await db.Tenants.SingleOrDefaultAsync(row => row.Id == key, cancellationToken);
        if (row is null)
        {
            return null;
        }
        var state = (await LoadShownAsync(db, [row], cancellationToken))[0];
        var claims = await db.RunClaims.Where(row => row.Tenant == key).ToListAsync(cancellationToken);
        state.Claims = [.. claims.Select(row => new RunClaimEntry(row.Job, row.Since))];
        state.Codes = await CodeRows.LoadAsync(db, CertificateRole.Connector, key, cancellationToken);
        return (state, row.Version);
    }

    /// <summary>The states of <paramref name="rows"/>, in their order, as far as they are shown: without claims and codes. A fixed number of queries.</summary>
    internal static async Task<List<TenantState>> LoadShownAsync(SiloDbContext db, IReadOnlyList<TenantRow> rows, CancellationToken cancellationToken)
    {
        var ids = rows.Select(row => row.Id).ToList();
        var pools = (await db.TenantPools.Where(row => ids.Contains(row.Tenant)).OrderBy(row => row.Position).ToListAsync(cancellationToken))
            .ToLookup(row => row.Tenant, row => row.Pool);
        var entitlements = (await db.Entitlements.Where(row => ids.Contains(row.Tenant)).OrderBy(row => row.Repository).ToListAsync(cancellationToken))
            .ToLookup(row => row.Tenant, row => new EntitlementEntry(row.Repository, row.AccessName, row.Created));
        var connectors = (await db.Connectors.Where(row => ids.Contains(row.Tenant)).OrderBy(row => row.Enrolled).ThenBy(row => row.Id).ToListAsync(cancellationToken))
            .ToLookup(row => row.Tenant, Entry);
        var accessKeys = (await db.AccessKeys.Where(row => ids.Contains(row.Tenant)).OrderBy(row => row.Created).ThenBy(row => row.Key).ToListAsync(cancellationToken))
            .ToLookup(row => row.Tenant, Entry);
        return [.. rows.Select(row => new TenantState
        {
            DisplayName = row.DisplayName,
            Status = row.Status,
            LeaseEnds = row.LeaseEnds,
            LeaseClosed = row.LeaseClosed,
            RunLimit = row.RunLimit,
            BytesPerSecond = row.BytesPerSecond,
            Created = row.Created,
            Revision = row.Revision,
            Pools = [.. pools[row.Id]],
            Entitlements = [.. entitlements[row.Id]],
            Connectors = [.. connectors[row.Id]],
            AccessKeys = [.. accessKeys[row.Id]],
        })];
    }

    public Task InsertAsync(SiloDbContext db, string key, TenantState state, CancellationToken cancellationToken)
    {
        db.Add(Row(key, state, 1));
        return ChildrenAsync(db, key, state, cancellationToken);
    }

    public async Task UpdateAsync(SiloDbContext db, string key, TenantState state, long expected, CancellationToken cancellationToken)
    {
        db.UpdateRoot(Row(key, state, expected + 1), expected);
        await ChildrenAsync(db, key, state, cancellationToken);
        foreach (var closure in state.Closures)
        {
            await CloseRoutesAsync(db, key, closure, cancellationToken);
        }
        if (state is { TellsLimit: true, Closures.Count: 0 })
        {
            await TellLimitAsync(db, key, state.BytesPerSecond, cancellationToken);
        }
    }

    public Task DeleteAsync(SiloDbContext db, string key, long expected, CancellationToken cancellationToken)
    {
        db.DeleteRoot(Row(key, new TenantState(), expected), expected);
        return CodeRows.ReconcileAsync(db, CertificateRole.Connector, key, [], cancellationToken);
    }

    private static async Task ChildrenAsync(SiloDbContext db, string key, TenantState state, CancellationToken cancellationToken)
    {
        await db.ReconcileAsync(
            db.TenantPools.Where(row => row.Tenant == key),
            state.Pools.Select((pool, position) => new TenantPoolRow { Tenant = key, Pool = pool, Position = position }),
            cancellationToken);
        await db.ReconcileAsync(
            db.Entitlements.Where(row => row.Tenant == key),
            state.Entitlements.Select(entry => new EntitlementRow
            {
                Tenant = key,
                Repository = entry.Repository,
                AccessName = entry.AccessName,
                Created = entry.Created,
            }),
            cancellationToken);
        await db.ReconcileAsync(db.Connectors.Where(row => row.Tenant == key), state.Connectors.Select(entry => Row(key, entry)), cancellationToken);
        await db.ReconcileAsync(db.AccessKeys.Where(row => row.Tenant == key), state.AccessKeys.Select(entry => Row(key, entry)), cancellationToken);
        await db.ReconcileAsync(
            db.RunClaims.Where(row => row.Tenant == key),
            state.Claims.Select(entry => new RunClaimRow { Tenant = key, Job = entry.Job, Since = entry.Since }),
            cancellationToken);
        await CodeRows.ReconcileAsync(db, CertificateRole.Connector, key, state.Codes, cancellationToken);
    }

    // A route row is a permission: with it goes the answer to late questions, and the events end what is live. The job finds its row gone and ends the run.
    private async Task CloseRoutesAsync(SiloDbContext db, string tenant, RouteClosure closure, CancellationToken cancellationToken)
    {
        var routes = await db.Routes
            .AsTracking()
            .Where(row => row.Tenant == tenant && (closure.Connector == null || row.Connector == closure.Connector))
            .ToListAsync(cancellationToken);
        var labels = routes.Select(row => row.Label).ToList();
        var pushed = (await db.RouteGateways.AsTracking().Where(row => labels.Contains(row.Label)).ToListAsync(cancellationToken)).ToLookup(row => row.Label);
        foreach (var route in routes)
        {
            RouteEvents.AppendClosed(db, route, pushed[route.Label].Select(row => row.Gateway), time.GetUtcNow());
            db.RemoveRange(pushed[route.Label]);
            db.Remove(route);
        }
    }

    // Gateways keep routes: what they begin with next is the new limit. (What is open hears of its part by heartbeats.)
    private async Task TellLimitAsync(SiloDbContext db, string tenant, long? bytesPerSecond, CancellationToken cancellationToken)
    {
        var routes = await db.Routes.Where(row => row.Tenant == tenant).ToListAsync(cancellationToken);
        var labels = routes.Select(row => row.Label).ToList();
        var pushed = (await db.RouteGateways.Where(row => labels.Contains(row.Label) && !row.Barred).ToListAsync(cancellationToken)).ToLookup(row => row.Label, row => row.Gateway);
        foreach (var route in routes)
        {
            RouteEvents.AppendOpened(db, route, bytesPerSecond, pushed[route.Label], time.GetUtcNow());
        }
    }

    private static TenantRow Row(string key, TenantState state, long version) => new()
    {
        Id = key,
        DisplayName = state.DisplayName,
        Status = state.Status,
        LeaseEnds = state.LeaseEnds,
        LeaseClosed = state.LeaseClosed,
        RunLimit = state.RunLimit,
        BytesPerSecond = state.BytesPerSecond,
        Created = state.Created,
        Revision = state.Revision,
        Version = version,
    };

    private static ConnectorEntry Entry(ConnectorRow row) =>
        new(row.Id, row.Host, row.Serial, row.PreviousSerial, row.Level, row.Enrolled, row.NotAfter, row.Revoked);

    private static AccessKeyEntry Entry(AccessKeyRow row) =>
        new(row.Key, row.Repository, row.Level, row.Name, [.. row.SecretSha256], row.Created, row.Revoked);

    private static ConnectorRow Row(string key, ConnectorEntry entry) => new()
    {
        Tenant = key,
        Id = entry.Connector,
        Host = entry.Host,
        Serial = entry.Serial,
        PreviousSerial = entry.PreviousSerial,
        Level = entry.Level,
        Enrolled = entry.Enrolled,
        NotAfter = entry.NotAfter,
        Revoked = entry.Revoked,
    };

    private static AccessKeyRow Row(string key, AccessKeyEntry entry) => new()
    {
        Key = entry.Key,
        Tenant = key,
        Repository = entry.Repository,
        Level = entry.Level,
        Name = entry.Name,
        SecretSha256 = [.. entry.SecretSha256],
        Created = entry.Created,
        Revoked = entry.Revoked,
    };
}
