using Headgate.Grains;
using Headgate.Silo.Grains.Drills;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Storage.Mapping;

/// <summary>The schedule of drills, and the drills.</summary>
internal sealed class DrillMapper : IStateMapper<DrillsState>
{
    public SubjectKind Kind => SubjectKind.Drills;

    public async Task<(DrillsState State, long Version)?> LoadAsync(SiloDbContext db, string key, CancellationToken cancellationToken)
    {
        var row = await db.DrillBooks.SingleOrDefaultAsync(row => row.Id == key, cancellationToken);
        if (row is null)
        {
            return null;
        }
        var drills = await db.Drills.Where(drill => drill.Drills == key).OrderBy(drill => drill.Number).ToListAsync(cancellationToken);
        return (new DrillsState
        {
            Schedule = row is { Cron: { } cron, Repository: { } repository, Pool: { } pool } ? new DrillSchedule(cron, repository, pool, row.Due) : null,
            NextNumber = row.NextNumber,
            Drills = [.. drills.Select(Entry)],
        }, row.Version);
    }

    public Task InsertAsync(SiloDbContext db, string key, DrillsState state, CancellationToken cancellationToken)
    {
        db.Add(Row(key, state, 1));
        return ChildrenAsync(db, key, state, cancellationToken);
    }

    public Task UpdateAsync(SiloDbContext db, string key, DrillsState state, long expected, CancellationToken cancellationToken)
    {
        db.UpdateRoot(Row(key, state, expected + 1), expected);
        return ChildrenAsync(db, key, state, cancellationToken);
    }

    public Task DeleteAsync(SiloDbContext db, string key, long expected, CancellationToken cancellationToken)
    {
        db.DeleteRoot(Row(key, new DrillsState(), expected), expected);
        return Task.CompletedTask;
    }

    private static Task ChildrenAsync(SiloDbContext db, string key, DrillsState state, CancellationToken cancellationToken) => db.ReconcileAsync(
        db.Drills.Where(row => row.Drills == key), state.Drills.Select(drill => Row(key, drill)), cancellationToken);

    private static DrillsRow Row(string key, DrillsState state, long version) => new()
    {
        Id = key,
        Cron = state.Schedule?.Cron,
        Repository = state.Schedule?.Repository,
        Pool = state.Schedule?.Pool,
        Due = state.Schedule?.Due,
        NextNumber = state.NextNumber,
        Version = version,
    };

    private static DrillRow Row(string key, DrillEntry entry)
    {
        var (drill, report) = (entry.Drill, entry.Drill.Report);
        return new DrillRow
        {
            Drills = key,
            Number = drill.Number,
            State = drill.State,
            Repository = drill.Repository,
            Pool = drill.Pool,
            AskedBy = drill.AskedBy,
            Asked = drill.Asked,
            Started = drill.Started,
            Ended = drill.Ended,
            Sentence = drill.Sentence,
            Runner = entry.Runner,
            Run = report?.Run,
            FromGateway = report?.From,
            ToGateways = string.Join(',', report?.To ?? []),
            Streams = report?.Streams ?? 0,
            Resumes = report?.Resumes ?? 0,
            LongestGapMilliseconds = report?.LongestGapMilliseconds ?? 0,
            PauseMilliseconds = report?.PauseMilliseconds ?? 0,
            Objects = report?.Objects ?? 0,
            Bytes = report?.Bytes ?? 0,
            RightObjects = report?.Right ?? 0,
            ToolErrors = report?.ToolErrors ?? 0,
        };
    }

    private static DrillEntry Entry(DrillRow row) => new(
        new DrillInfo(row.Number, row.State, row.Repository, row.Pool, row.AskedBy, row.Asked, row.Started, row.Ended, row.Sentence, Report(row)),
        row.Runner);

    private static DrillReport? Report(DrillRow row) => row.Run is { } run
        ? new DrillReport(
            run, row.FromGateway, [.. row.ToGateways.Split(',', StringSplitOptions.RemoveEmptyEntries)], row.Streams, row.Resumes, row.LongestGapMilliseconds,
            row.PauseMilliseconds, row.Objects, row.Bytes, row.RightObjects, row.ToolErrors)
        : null;
}
