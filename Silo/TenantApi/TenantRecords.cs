using System.Collections.Immutable;
using Headgate.Grains;
using Headgate.Protocol.Tenant;

namespace Headgate.Silo.TenantApi;

/// <summary>What grains say as the tenant API's records, and back.</summary>
internal static class TenantRecords
{
    public static GatewayList ToWire(this RankedList list) => new(
        list.Version,
        list.Stale,
        [.. list.Gateways.Select(gateway => new GatewayEntry(gateway.Rank, gateway.Gateway, gateway.Host, gateway.Port, gateway.Why))]);

    public static RunTicket ToWire(this OpenedRun run) =>
        new(run.Job, run.Run, run.Attempt, run.ServerName, run.Repository, run.Gateways.ToWire());

    public static JobStatus ToWire(this JobInfo job) => new(
        job.Job,
        job.Mode.ToWire(),
        job.Repository,
        job.LastGood,
        job.Runs.IsDefaultOrEmpty ? null : job.Runs[0].ToWire(job.Job));

    public static RunSummary ToWire(this RunInfo run, string job) => new(
        job,
        run.Run,
        run.Status.ToWire(),
        run.Started,
        run.Ended,
        run.Attempts.Length,
        run.Attempts.IsDefaultOrEmpty ? null : run.Attempts[^1].ExitCode,
        run.Reason,
        run.Snapshot,
        PathOf(run.Attempts),
        null,
        run.Gaps().Resumes,
        run.Gaps().Milliseconds,
        run.Gaps().LongestMilliseconds);

    public static QuotaStatus ToWire(this QuotaInfo quota, string accessName) =>
        new(quota.Repository, quota.LimitBytes, quota.UsedBytes, accessName, quota.ReservedBytes, quota.SoftLimitBytes);

    public static JobMode ToGrain(this JobKind kind) => kind switch
    {
        JobKind.Backup => JobMode.Backup,
        JobKind.Copy => JobMode.Copy,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such kind."),
    };

    public static ImmutableArray<PathStep> ToGrain(this IEnumerable<PathEntry>? path) =>
        [.. (path ?? []).Select(entry => new PathStep(entry.Gateway, entry.Connections, entry.BytesUp, entry.BytesDown, ReasonOf(entry.Reason), entry.After))];

    private static PathReason ReasonOf(string? reason) => reason switch
    {
        PathReasons.First => PathReason.First,
        PathReasons.Next => PathReason.Next,
        PathReasons.Behind => PathReason.Behind,
        PathReasons.Closed => PathReason.Closed,
        PathReasons.Silent => PathReason.Silent,
        // A newer connector may have other words.
        _ => PathReason.Unknown,
    };

    private static JobKind ToWire(this JobMode mode) => mode switch
    {
        JobMode.Backup => JobKind.Backup,
        JobMode.Copy => JobKind.Copy,
        // To a connector: faults reach the tool.
        JobMode.Agentless => JobKind.Backup,
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "No such mode."),
    };

    private static RunState ToWire(this RunStatus status) => status switch
    {
        RunStatus.Running => RunState.Running,
        RunStatus.Retrying => RunState.Retrying,
        RunStatus.Succeeded => RunState.Succeeded,
        RunStatus.Warning => RunState.Warning,
        RunStatus.NoSnapshot => RunState.NoSnapshot,
        RunStatus.Failed => RunState.Failed,
        RunStatus.Cancelled => RunState.Cancelled,
        RunStatus.Lost => RunState.Lost,
        // Connectors that are older know no other name for it; the count of resumes goes beside it.
        RunStatus.Resumed => RunState.Running,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "No such status."),
    };

    // Over all attempts, in order of first use.
    private static List<PathEntry> PathOf(ImmutableArray<AttemptInfo> attempts) =>
    [
        .. attempts
            .SelectMany(attempt => attempt.Path)
            .GroupBy(step => step.Gateway, StringComparer.Ordinal)
            .Select(steps => new PathEntry(
                steps.Key, steps.Sum(step => step.Connections), steps.Sum(step => step.BytesUp), steps.Sum(step => step.BytesDown))),
    ];
}
