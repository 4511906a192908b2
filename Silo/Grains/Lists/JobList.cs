using Headgate.Grains;
using Headgate.Silo.Grains.Jobs;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Mapping;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Grains.Lists;

internal static class JobList
{
    private const string OfRepository = "repository:";
    private static readonly TimeSpan s_silence = TimeSpan.FromHours(48);

    public static async Task<JobPage> ReadAsync(SiloDbContext db, string? tenant, PageRequest page, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var rows = db.Jobs.AsQueryable();
        if (tenant is not null)
        {
            rows = rows.Where(row => row.Tenant == tenant);
        }
        if (page.Search is { } search)
        {
            rows = rows.Where(row => row.Tenant.Contains(search) || row.Id.Contains(search));
        }
        rows = page.Filter switch
        {
            null => rows,
            "running" => rows.Where(row => db.Runs.Any(run => run.Tenant == row.Tenant && run.Job == row.Id && run.Run == row.NextRun - 1 && run.Ended == null)),
            "failed" => Failed(db, rows),
            "silent" => Silent(db, rows, now),
            "missed" => Missed(db, rows, now),
            _ when page.FilterAfter(OfRepository) is { } repository => rows.Where(row => row.Repository == repository),
            _ => throw page.NoSuchFilter("running, failed, silent, missed, repository:ID"),
        };
        var sorted = page.Sort switch
        {
            null or "tenant" => rows.By(page, row => row.Tenant),
            "job" => rows.By(page, row => row.Id),
            "last-good" => rows.By(page, row => row.LastGood ?? DateTimeOffset.MinValue),
            "last-run" => rows.By(page, row => db.Runs
                .Where(run => run.Tenant == row.Tenant && run.Job == row.Id && run.Run == row.NextRun - 1)
                .Select(run => (DateTimeOffset?)run.Started)
                .FirstOrDefault() ?? DateTimeOffset.MinValue),
            _ => throw page.NoSuchOrder("tenant, job, last-good, last-run"),
        };
        var part = sorted.Then(page, row => row.Tenant).Then(page, row => row.Id).Part(page);
        var jobs = await part.ToListAsync(cancellationToken);
        var newest = await RunRows.LoadNewestAsync(db, part, cancellationToken);
        return new JobPage(
            [.. jobs.Select(job => new JobInfo(
                job.Tenant,
                job.Id,
                job.Mode,
                job.Repository,
                job.LastGood,
                newest.TryGetValue((job.Tenant, job.Id), out var run) ? [run.Describe()] : [],
                job.Version,
                JobMapper.PlanOf(job)))],
            await rows.CountAsync(cancellationToken));
    }

    /// <summary>A run that only reads, or looks after the repository, has no snapshot to write (<see cref="RunRules.ExpectsSnapshot"/>).</summary>
    public static IQueryable<JobRow> Failed(SiloDbContext db, IQueryable<JobRow> rows) => rows.Where(row => db.Runs.Any(run =>
        run.Tenant == row.Tenant && run.Job == row.Id && run.Run == row.NextRun - 1
        && (run.Status == RunStatus.Failed || run.Status == RunStatus.Lost || (run.Status == RunStatus.NoSnapshot && !run.ReadsOnly && run.Tool != RunRules.DrillTool
            && (run.Tool == RunRules.BackupTool || !run.Tool.StartsWith(RunRules.ResticTools))))));

    /// <summary>As <see cref="JobInfo.MissedAt"/> has it.</summary>
    public static IQueryable<JobRow> Missed(SiloDbContext db, IQueryable<JobRow> rows, DateTimeOffset now)
    {
        var late = now - JobPlan.Patience;
        return rows.Where(row => (row.Missed <= late || row.PlannedNext < late) && !db.Runs.Any(run =>
            run.Tenant == row.Tenant && run.Job == row.Id && run.Run == row.NextRun - 1
            && (run.Ended == null || ((row.Missed == null || row.Missed > late) && run.Started >= row.PlannedNext))));
    }

    /// <summary>Jobs that only read, or look after the repository, have no good run to miss.</summary>
    public static IQueryable<JobRow> Silent(SiloDbContext db, IQueryable<JobRow> rows, DateTimeOffset now)
    {
        var since = now - s_silence;
        return rows.Where(row => row.LastGood < since
            || (row.LastGood == null && db.Runs.Any(run => run.Tenant == row.Tenant && run.Job == row.Id && run.Started < since && !run.ReadsOnly && run.Tool != RunRules.DrillTool
                && (run.Tool == RunRules.BackupTool || !run.Tool.StartsWith(RunRules.ResticTools)))));
    }
}
