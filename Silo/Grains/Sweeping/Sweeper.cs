using Headgate.Grains;
using Headgate.Silo.Grains.Enrolment;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Grains.Sweeping;

/// <summary>
/// Finds rows that are due and wakes their grains, which decide. One that fails holds up none of the others; when any did, the sweep throws at its end, so that
/// whoever pokes it knows.
/// </summary>
[GrainType("sweeper")]
internal sealed partial class Sweeper(
    IDbContextFactory<SiloDbContext> contexts, ISiloWriter writer, IEdgeLog log, GrainMetrics metrics, TimeProvider time, ILogger<Sweeper> logger)
    : Grain, ISweeper
{
    public static readonly TimeSpan SilentRun = TimeSpan.FromMinutes(25);

    private const int MaxPerSweep = 1000;
    private static readonly TimeSpan s_claimWithoutRun = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_cancelled = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_edgeLogKept = TimeSpan.FromHours(1);

    private readonly List<Exception> _faults = [];

    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        _faults.Clear();
        var ended = await EndSilentRunsAsync(cancellationToken)
            + await EndLeasesAsync(cancellationToken)
            + await WithdrawPlansAsync(cancellationToken)
            + await TryAsync("codes", () => ForgetCodesAsync(cancellationToken))
            + await TryAsync("edge-log", () => log.PurgeAsync(time.GetUtcNow() - s_edgeLogKept, cancellationToken));
        metrics.Swept(ended);
        return _faults.Count == 0 ? ended : throw new AggregateException($"{_faults.Count} of the sweep's works failed; the others were done.", _faults);
    }

    // Open runs that were long silent as far as storage knows, or were asked to stop and did not, and claims without an open run: the job knows better, and decides.
    private async Task<int> EndSilentRunsAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var (silent, cancelled, forgotten) = (now - SilentRun, now - s_cancelled, now - s_claimWithoutRun);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var runs = await db.Runs
            .Where(run => run.Ended == null && (run.Heard < silent || run.CancelAsked < cancelled))
            .Select(run => new { run.Tenant, run.Job })
            .Take(MaxPerSweep)
            .ToListAsync(cancellationToken);
        var claims = await db.RunClaims
            .Where(claim => claim.Since < forgotten && !db.Runs.Any(run => run.Tenant == claim.Tenant && run.Job == claim.Job && run.Ended == null))
            .Select(claim => new { claim.Tenant, claim.Job })
            .Take(MaxPerSweep)
            .ToListAsync(cancellationToken);
        var ended = 0;
        foreach (var job in runs.Union(claims))
        {
            var grain = GrainFactory.GetGrain<IJobGrain>(GrainKey.Of(job.Tenant, job.Job));
            ended += await TryAsync("silent-runs", async () => await grain.EndSilentAsync(SilentRun, cancellationToken) ? 1 : 0);
        }
        return ended;
    }

    private async Task<int> EndLeasesAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var due = await db.Tenants.Where(row => row.LeaseEnds <= now && !row.LeaseClosed).Select(row => row.Id).Take(MaxPerSweep).ToListAsync(cancellationToken);
        var ended = 0;
        foreach (var tenant in due)
        {
            ended += await TryAsync("leases", async () => await GrainFactory.GetGrain<ITenantGrain>(tenant).EndLeaseAsync(cancellationToken) ? 1 : 0);
        }
        return ended;
    }

    // A machine that may come no more runs nothing: what it had planned is not missed.
    private async Task<int> WithdrawPlansAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var plans = await db.Jobs
            .Where(job => job.PlannedBy != null && db.Connectors.Any(row => row.Tenant == job.Tenant && row.Id == job.PlannedBy && row.Revoked))
            .Select(job => new { job.Tenant, job.Id, job.PlannedBy })
            .Take(MaxPerSweep)
            .ToListAsync(cancellationToken);
        foreach (var plan in plans)
        {
            await TryAsync("plans", async () =>
            {
                await GrainFactory.GetGrain<IJobGrain>(GrainKey.Of(plan.Tenant, plan.Id)).WithdrawPlanAsync(plan.PlannedBy!, cancellationToken);
                return 0;
            });
        }
        return 0;
    }

    // Grains drop such codes from their memory by the same rule before they write, so none comes back.
    private async Task<int> ForgetCodesAsync(CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow() - EnrolmentCodes.Remembered;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (!await db.EnrolmentCodes.AnyAsync(code => code.Expires <= before, cancellationToken))
        {
            return 0;
        }
        var deleted = 0;
        await writer.WriteAsync(
            async (target, token) => deleted = await target.EnrolmentCodes.Where(code => code.Expires <= before).ExecuteDeleteAsync(token),
            cancellationToken);
        return deleted;
    }

    private async Task<int> TryAsync(string work, Func<Task<int>> sweep)
    {
        try
        {
            return await sweep();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            metrics.Fault(work);
            Failed(logger, exception, work);
            _faults.Add(exception);
            return 0;
        }
    }

    [LoggerMessage(2060, LogLevel.Warning, "A part of the sweep failed and is tried again with the next one: {Work}")]
    private static partial void Failed(ILogger logger, Exception exception, string work);
}
