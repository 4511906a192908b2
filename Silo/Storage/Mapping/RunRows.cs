using Headgate.Grains;
using Headgate.Silo.Grains.Jobs;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Storage.Mapping;

/// <summary>Runs, attempts and the gateways they went over, as child rows of a job.</summary>
internal static class RunRows
{
    /// <summary>Runs with number <paramref name="from"/> and above, oldest first.</summary>
    public static async Task<List<RunEntry>> LoadAsync(SiloDbContext db, string tenant, string job, long from, CancellationToken cancellationToken)
    {
        var runs = await db.Runs.Where(row => row.Tenant == tenant && row.Job == job && row.Run >= from).OrderBy(row => row.Run).ToListAsync(cancellationToken);
        var attempts = (await db.Attempts
            .Where(row => row.Tenant == tenant && row.Job == job && row.Run >= from)
            .OrderBy(row => row.Attempt)
            .ToListAsync(cancellationToken)).ToLookup(row => row.Run);
        var steps = (await db.PathSteps
            .Where(row => row.Tenant == tenant && row.Job == job && row.Run >= from)
            .OrderBy(row => row.Position)
            .ToListAsync(cancellationToken)).ToLookup(row => (row.Run, row.Attempt));
        return [.. runs.Select(run => Entry(run, attempts[run.Run].Select(attempt => Info(attempt, steps[(run.Run, attempt.Attempt)]))))];
    }

    /// <summary>The newest run of each of <paramref name="jobs"/>; three queries, however many.</summary>
    public static async Task<Dictionary<(string Tenant, string Job), RunEntry>> LoadNewestAsync(
        SiloDbContext db, IQueryable<JobRow> jobs, CancellationToken cancellationToken)
    {
        var newest = jobs.Select(job => new { job.Tenant, Job = job.Id, Run = job.NextRun - 1 });
        var runs = await newest.Join(db.Runs, key => key, run => new { run.Tenant, run.Job, run.Run }, (_, run) => run).ToListAsync(cancellationToken);
        var attempts = (await newest
            .Join(db.Attempts, key => key, attempt => new { attempt.Tenant, attempt.Job, attempt.Run }, (_, attempt) => attempt)
            .ToListAsync(cancellationToken)).ToLookup(row => (row.Tenant, row.Job));
        var steps = (await newest
            .Join(db.PathSteps, key => key, step => new { step.Tenant, step.Job, step.Run }, (_, step) => step)
            .ToListAsync(cancellationToken)).ToLookup(row => (row.Tenant, row.Job, row.Attempt));
        return runs.ToDictionary(run => (run.Tenant, run.Job), run => Entry(
            run,
            attempts[(run.Tenant, run.Job)]
                .OrderBy(attempt => attempt.Attempt)
                .Select(attempt => Info(attempt, steps[(run.Tenant, run.Job, attempt.Attempt)].OrderBy(step => step.Position)))));
    }

    /// <summary>Makes the rows of runs with number <paramref name="from"/> and above say what <paramref name="runs"/> says.</summary>
    public static async Task ReconcileAsync(
        SiloDbContext db, string tenant, string job, IEnumerable<RunEntry> runs, long from, CancellationToken cancellationToken)
    {
        var wanted = runs.ToArray();
        await db.ReconcileAsync(
            db.Runs.Where(row => row.Tenant == tenant && row.Job == job && row.Run >= from),
            wanted.Select(run => Row(tenant, job, run)),
            cancellationToken);
        await db.ReconcileAsync(
            db.Attempts.Where(row => row.Tenant == tenant && row.Job == job && row.Run >= from),
            wanted.SelectMany(run => run.Attempts.Select(attempt => Row(tenant, job, run.Run, attempt))),
            cancellationToken);
        await db.ReconcileAsync(
            db.PathSteps.Where(row => row.Tenant == tenant && row.Job == job && row.Run >= from),
            wanted.SelectMany(run => run.Attempts.SelectMany(attempt => attempt.Path.Select((step, position) => new PathStepRow
            {
                Tenant = tenant,
                Job = job,
                Run = run.Run,
                Attempt = attempt.Attempt,
                Gateway = step.Gateway,
                Position = position,
                Connections = step.Connections,
                BytesUp = step.BytesUp,
                BytesDown = step.BytesDown,
                Reason = step.Reason,
                AfterGateway = step.After,
            }))),
            cancellationToken);
    }

    private static AttemptInfo Info(AttemptRow row, IEnumerable<PathStepRow> steps) => new(
        row.Attempt,
        row.Started,
        row.Ended,
        row.ExitCode,
        row.Reason,
        [.. steps.Select(step => new PathStep(step.Gateway, step.Connections, step.BytesUp, step.BytesDown, step.Reason, step.AfterGateway))],
        new StreamGaps(row.Resumes, row.GapMilliseconds, row.LongestGapMilliseconds));

    private static RunEntry Entry(RunRow row, IEnumerable<AttemptInfo> attempts) => new(
        row.Run,
        row.Status,
        row.Connector,
        row.Repository,
        row.Host,
        row.Tool,
        row.ReadsOnly,
        row.Connections,
        row.ServerName,
        row.Started,
        row.Ended,
        row.Heard,
        row.CancelRequested,
        row.Reason,
        row.Snapshot,
        row.SnapshotCommitted,
        [.. attempts],
        row.CancelAsked);

    private static RunRow Row(string tenant, string job, RunEntry run) => new()
    {
        Tenant = tenant,
        Job = job,
        Run = run.Run,
        Status = run.Status,
        Connector = run.Connector,
        Repository = run.Repository,
        Host = run.Host,
        Tool = run.Tool,
        ReadsOnly = run.ReadsOnly,
        Connections = run.Connections,
        ServerName = run.ServerName,
        Started = run.Started,
        Ended = run.Ended,
        Heard = run.Heard,
        CancelRequested = run.CancelRequested,
        Reason = run.Reason,
        Snapshot = run.Snapshot,
        SnapshotCommitted = run.SnapshotCommitted,
        CancelAsked = run.CancelAsked,
    };

    private static AttemptRow Row(string tenant, string job, long run, AttemptInfo attempt) => new()
    {
        Tenant = tenant,
        Job = job,
        Run = run,
        Attempt = attempt.Attempt,
        Started = attempt.Started,
        Ended = attempt.Ended,
        ExitCode = attempt.ExitCode,
        Reason = attempt.Reason,
        Resumes = attempt.Gaps.Resumes,
        GapMilliseconds = attempt.Gaps.Milliseconds,
        LongestGapMilliseconds = attempt.Gaps.LongestMilliseconds,
    };
}
