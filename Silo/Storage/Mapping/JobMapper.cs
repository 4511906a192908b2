using Headgate.Grains;
using Headgate.Silo.Grains;
using Headgate.Silo.Grains.Jobs;
using Headgate.Silo.Grains.Tenants;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Storage.Mapping;

/// <summary>A job, its last runs, and the open run's route. Events about the route follow from what changes in its rows.</summary>
internal sealed class JobMapper(TimeProvider time) : IStateMapper<JobState>
{
    public SubjectKind Kind => SubjectKind.Job;

    public async Task<(JobState State, long Version)?> LoadAsync(SiloDbContext db, string key, CancellationToken cancellationToken)
    {
        var (tenant, job) = GrainKey.Split(key);
        var row = await db.Jobs.SingleOrDefaultAsync(row => row.Tenant == tenant && row.Id == job, cancellationToken);
        return row is null ? null : (new JobState
        {
            Mode = row.Mode,
            Repository = row.Repository,
            LastGood = row.LastGood,
            NextRun = row.NextRun,
            Runs = await RunRows.LoadAsync(db, tenant, job, row.NextRun - JobState.MaxRuns, cancellationToken),
            Route = await LoadRouteAsync(db, tenant, job, cancellationToken),
            Plan = PlanOf(row),
        }, row.Version);
    }

    public async Task InsertAsync(SiloDbContext db, string key, JobState state, CancellationToken cancellationToken)
    {
        db.Add(Row(key, state, 1));
        await ChildrenAsync(db, key, state, cancellationToken);
    }

    public async Task UpdateAsync(SiloDbContext db, string key, JobState state, long expected, CancellationToken cancellationToken)
    {
        if (state.IsRemoved)
        {
            await DeleteAsync(db, key, expected, cancellationToken);
            return;
        }
        db.UpdateRoot(Row(key, state, expected + 1), expected);
        await ChildrenAsync(db, key, state, cancellationToken);
    }

    public Task DeleteAsync(SiloDbContext db, string key, long expected, CancellationToken cancellationToken)
    {
        db.DeleteRoot(Row(key, new JobState(), expected), expected);
        return Task.CompletedTask;
    }

    /// <summary>The plan in a job's row.</summary>
    public static JobPlan? PlanOf(JobRow row) => row is { PlannedBy: { } connector, Schedule: { } schedule, PlannedNext: { } next }
        ? new JobPlan(connector, schedule, next, row.Missed, row.MissedWhy)
        : null;

    private static async Task<RouteEntry?> LoadRouteAsync(SiloDbContext db, string tenant, string job, CancellationToken cancellationToken)
    {
        var row = await db.Routes.SingleOrDefaultAsync(row => row.Tenant == tenant && row.Job == job, cancellationToken);
        if (row is null)
        {
            return null;
        }
        var gateways = await db.RouteGateways.Where(pushed => pushed.Label == row.Label).ToListAsync(cancellationToken);
        return new RouteEntry(
            row.Label, row.ServerName, row.Run, row.Repository, row.Connector, row.Rights, [.. row.Pools.Split(',')],
            [.. gateways.Select(pushed => pushed.Gateway)], row.Opened, row.Expires, false)
        {
            Barred = [.. gateways.Where(pushed => pushed.Barred).Select(pushed => pushed.Gateway)],
        };
    }

    private static JobRow Row(string key, JobState state, long version)
    {
        var (tenant, job) = GrainKey.Split(key);
        return new JobRow
        {
            Tenant = tenant,
            Id = job,
            Mode = state.Mode,
            Repository = state.Repository,
            LastGood = state.LastGood,
            NextRun = state.NextRun,
            PlannedBy = state.Plan?.Connector,
            Schedule = state.Plan?.Schedule,
            PlannedNext = state.Plan?.Next,
            Missed = state.Plan?.Missed,
            MissedWhy = state.Plan?.Why,
            Version = version,
        };
    }

    private async Task ChildrenAsync(SiloDbContext db, string key, JobState state, CancellationToken cancellationToken)
    {
        var (tenant, job) = GrainKey.Split(key);
        // Only the last run changes, the one before it when the last was opened over it, and one that is corrected.
        var from = Math.Min(state.Corrected ?? long.MaxValue, state.NextRun - 2);
        await RunRows.ReconcileAsync(db, tenant, job, state.Runs.Where(run => run.Run >= from), from, cancellationToken);

        var stored = await db.Routes.AsTracking().SingleOrDefaultAsync(row => row.Tenant == tenant && row.Job == job, cancellationToken);
        var pushed = stored is null ? [] : await db.RouteGateways.AsTracking().Where(row => row.Label == stored.Label).ToListAsync(cancellationToken);
        var now = time.GetUtcNow();
        if (stored is not null && stored.Label != state.Route?.Label)
        {
            RouteEvents.AppendClosed(db, stored, pushed.Select(row => row.Gateway), now);
            db.RemoveRange(pushed);
            db.Remove(stored);
        }
        if (state.Route is { IsNew: true } opened)
        {
            var served = await RequireServedAsync(db, tenant, opened.Connector, now, cancellationToken);
            var row = Row(tenant, job, opened);
            var gateways = await ActiveAsync(db, opened.Gateways, cancellationToken);
            db.Add(row);
            db.AddRange(gateways.Select(gateway => new RouteGatewayRow { Label = row.Label, Gateway = gateway }));
            RouteEvents.AppendGranted(db, row, now);
            RouteEvents.AppendOpened(db, row, served.BytesPerSecond, gateways, now);
        }
        else if (state.Route is { } kept && stored?.Label == kept.Label)
        {
            var isMoved = stored.Expires != kept.Expires;
            stored.Expires = kept.Expires;
            var added = kept.Gateways.Except(pushed.Select(row => row.Gateway), StringComparer.Ordinal).ToArray();
            db.AddRange(added.Select(gateway => new RouteGatewayRow { Label = kept.Label, Gateway = gateway, Barred = kept.Barred.Contains(gateway) }));
            Bar(db, stored, pushed, kept, now);
            var told = await ActiveAsync(db, [.. (isMoved ? kept.Gateways : [.. added]).Except(kept.Barred)], cancellationToken);
            if (told.Count > 0)
            {
                var limit = await db.Tenants.Where(row => row.Id == tenant).Select(row => row.BytesPerSecond).SingleAsync(cancellationToken);
                RouteEvents.AppendOpened(db, stored, limit, told, now);
            }
        }
    }

    // Who was told of the route and may carry it no more hears that it is closed, and it alone.
    private static void Bar(SiloDbContext db, RouteRow route, List<RouteGatewayRow> pushed, RouteEntry kept, DateTimeOffset now)
    {
        foreach (var row in pushed.Where(row => !row.Barred && kept.Barred.Contains(row.Gateway)))
        {
            row.Barred = true;
            RouteEvents.AppendClosedAt(db, route, row.Gateway, now);
        }
    }

    // A gateway may have been drained since it was ranked: it takes no new route. Should one that it holds be asked of it, it looks it up.
    private static async Task<List<string>> ActiveAsync(SiloDbContext db, IReadOnlyCollection<string> gateways, CancellationToken cancellationToken) => gateways.Count == 0
        ? []
        : await db.Gateways
            .Where(row => gateways.Contains(row.Id) && row.WantedState == WantedState.Active)
            .Select(row => row.Id)
            .OrderBy(id => id)
            .ToListAsync(cancellationToken);

    // The tenant said yes before this transaction. Had it been disabled since, it would have closed the routes that were there, and not this one.
    private static async Task<TenantRow> RequireServedAsync(SiloDbContext db, string tenant, string connector, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var row = await db.Tenants.AsNoTracking().SingleAsync(row => row.Id == tenant, cancellationToken);
        if (row.Status != TenantStatus.Active)
        {
            throw TenantRules.Disabled(tenant);
        }
        if (row.LeaseEnds <= now)
        {
            throw TenantRules.LeaseEnded(tenant, row.LeaseEnds.Value);
        }
        if (!await db.Connectors.AnyAsync(known => known.Tenant == tenant && known.Id == connector && !known.Revoked, cancellationToken))
        {
            throw TenantRules.Revoked(tenant, connector);
        }
        return row;
    }

    private static RouteRow Row(string tenant, string job, RouteEntry route) => new()
    {
        Label = route.Label,
        ServerName = route.ServerName,
        Tenant = tenant,
        Job = job,
        Run = route.Run,
        Repository = route.Repository,
        Connector = route.Connector,
        Rights = route.Rights,
        Pools = string.Join(',', route.Pools),
        Opened = route.Opened,
        Expires = route.Expires,
    };
}
