using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Tenant;
using Headgate.Silo.Authorization;
using Headgate.Silo.Grains;
using Headgate.Silo.Grains.Jobs;
using Headgate.Silo.Listening;
using Headgate.Silo.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Headgate.Silo.TenantApi;

/// <summary>A run's life: opened, next attempts, progress, finished. A job is found under the caller's own tenant; another's does not exist for it.</summary>
internal static class RunEndpoints
{
    private const int MaxHostChars = 253;
    private const int MaxToolChars = 64;
    private const int MaxReasonChars = 8_000;
    private const int MaxAttempts = 10_000;
    private const int MaxSteps = 64;
    private const int MaxConnections = 64;
    private const int MaxResumes = 1_000_000;
    private const int ToolWarned = 3;

    private static readonly TimeSpan s_snapshotWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_snapshotWaitAfterAbsence = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_snapshotPoll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_reportedWithin = TimeSpan.FromMinutes(1);

    public static void MapRuns(this IEndpointRouteBuilder routes)
    {
        var runs = routes.MapGroup(TenantRoutes.Runs).RequireRole(CertificateRole.Connector);
        runs.MapPost("", OpenAsync).WithRate(RateRule.Runs);
        runs.MapPost("{job}/{run:long:min(1)}/attempts", NextAttemptAsync);
        runs.MapPost("{job}/{run:long:min(1)}/progress", ReportProgressAsync);
        runs.MapPost("{job}/{run:long:min(1)}/finish", FinishAsync);
    }

    private static async Task<Ok<RunTicket>> OpenAsync(OpenRunRequest request, HttpContext context, IClusterClient grains, CancellationToken cancellationToken)
    {
        new FieldChecks()
            .Id("job", request.Job)
            .Known("kind", request.Kind)
            .Id("repository", request.Repository)
            .Text("host", request.Host, 1, MaxHostChars)
            .Text("tool", request.Tool, 1, MaxToolChars)
            .Range("connections", request.Connections, 1, MaxConnections)
            .Done();

        var peer = context.Peer();
        var opened = await JobOf(grains, peer, request.Job).OpenRunAsync(
            new OpenRun(request.Kind.ToGrain(), peer.Connector, request.Repository, request.Host, request.Tool, request.ReadsOnly, request.Connections),
            cancellationToken);
        return TypedResults.Ok(opened.ToWire());
    }

    private static async Task<Ok<RunTicket>> NextAttemptAsync(
        string job, long run, NextAttemptRequest request, HttpContext context, IClusterClient grains, CancellationToken cancellationToken)
    {
        CheckJob(job)
            .Range("attempt", request.Attempt, 1, MaxAttempts)
            .Text("reason", request.Reason, 1, MaxReasonChars)
            .Path(request.Path)
            .Gaps(request.Resumes, request.GapMilliseconds, request.LongestGapMilliseconds)
            .Trials(request.Trials)
            .Done();

        var peer = context.Peer();
        await grains.NoteTrialsAsync(peer, request.Trials, cancellationToken);
        var opened = await JobOf(grains, peer, job).NextAttemptAsync(
            run,
            new AttemptFailure(peer.Connector, request.Attempt, request.ExitCode, request.Reason, request.Path.ToGrain(),
                new StreamGaps(request.Resumes, request.GapMilliseconds, request.LongestGapMilliseconds)),
            cancellationToken);
        return TypedResults.Ok(opened.ToWire());
    }

    private static async Task<Ok<ProgressAnswer>> ReportProgressAsync(
        string job, long run, ProgressRequest request, HttpContext context, IClusterClient grains, CancellationToken cancellationToken)
    {
        CheckJob(job)
            .Range("attempt", request.Attempt, 1, MaxAttempts)
            .Require(request.State is RunState.Running or RunState.Retrying, "state", request.State.ToString(), "Running or Retrying")
            .Range("listVersion", request.ListVersion, 0, long.MaxValue)
            .Path(request.Path)
            .Gaps(request.Resumes, request.GapMilliseconds, request.LongestGapMilliseconds)
            .Trials(request.Trials)
            .Done();

        var peer = context.Peer();
        await grains.NoteTrialsAsync(peer, request.Trials, cancellationToken);
        var directive = await JobOf(grains, peer, job).ReportProgressAsync(
            run,
            new RunProgress(peer.Connector, request.Attempt, request.State == RunState.Retrying, request.ListVersion, request.Path.ToGrain(),
                new StreamGaps(request.Resumes, request.GapMilliseconds, request.LongestGapMilliseconds)),
            cancellationToken);
        return TypedResults.Ok(new ProgressAnswer(directive.Stop, directive.Reason, directive.Gateways?.ToWire()));
    }

    private static async Task<Ok<RunSummary>> FinishAsync(
        string job, long run, FinishRequest request, HttpContext context, IClusterClient grains, SiloStart start, TimeProvider time, CancellationToken cancellationToken)
    {
        CheckJob(job)
            .Range("attempt", request.Attempt, 1, MaxAttempts)
            .Text("reason", request.Reason, 0, MaxReasonChars)
            .Range("endedAgoMilliseconds", request.EndedAgoMilliseconds ?? 0, 0, RunRules.MaxEndedAgoMilliseconds)
            .Path(request.Path)
            .Gaps(request.Resumes, request.GapMilliseconds, request.LongestGapMilliseconds)
            .Trials(request.Trials)
            .Done();

        var peer = context.Peer();
        await grains.NoteTrialsAsync(peer, request.Trials, cancellationToken);
        var grain = JobOf(grains, peer, job);
        TimeSpan? ago = request.EndedAgoMilliseconds is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;
        if (request is { SnapshotExpected: true, Cancelled: false, ExitCode: 0 or ToolWarned } && !IsReportedBy(ago, start))
        {
            // Repositories come back to a silo that was away within some seconds, and not all at once.
            var patience = start.TrustedFor < s_reportedWithin ? s_snapshotWaitAfterAbsence : s_snapshotWait;
            await WaitForSnapshotAsync(grain, run, patience, time, cancellationToken);
        }

        var ended = await grain.FinishRunAsync(
            run,
            new RunEnd(peer.Connector, request.Attempt, request.ExitCode, request.Cancelled, request.Reason, request.Path.ToGrain(),
                new StreamGaps(request.Resumes, request.GapMilliseconds, request.LongestGapMilliseconds), ago),
            cancellationToken);
        return TypedResults.Ok(ended.ToWire(job) with { Quota = await QuotaAsync(grain, peer.Tenant, grains, cancellationToken) });
    }

    // Null when the quota was removed while the run went on.
    private static async Task<QuotaStatus?> QuotaAsync(IJobGrain grain, string tenant, IClusterClient grains, CancellationToken cancellationToken)
    {
        try
        {
            var job = await grain.GetAsync(cancellationToken);
            var quota = await grains.GetGrain<IQuotaGrain>($"{tenant}/{job.Repository}").GetAsync(cancellationToken);
            var access = (await grains.GetGrain<ITenantGrain>(tenant).GetAsync(cancellationToken)).Entitlements
                .FirstOrDefault(entitlement => entitlement.Repository == job.Repository);
            return quota.ToWire(access?.AccessName ?? "");
        }
        catch (RefusedException refusal) when (refusal.Reason is RefusalReason.NoQuota)
        {
            return null;
        }
    }

    // Of an end that is told late the repository spoke long ago, unless the silo could not hear it.
    internal static bool IsReportedBy(TimeSpan? ago, SiloStart start) => ago >= s_reportedWithin && start.TrustedFor >= s_reportedWithin;

    // The tool's last answer and the repository's report race each other; without this wait a good backup could end as "no snapshot".
    private static async Task WaitForSnapshotAsync(IJobGrain grain, long run, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var job = await grain.GetAsync(cancellationToken);
            var known = job.Runs.FirstOrDefault(candidate => candidate.Run == run);
            if (known is null or { Ended: not null } or { Snapshot: not null } || time.GetElapsedTime(began) >= patience)
            {
                return;
            }

            await Task.Delay(s_snapshotPoll, time, cancellationToken);
        }
    }

    private static IJobGrain JobOf(IClusterClient grains, PeerCertificate peer, string job) => grains.GetGrain<IJobGrain>($"{peer.Tenant}/{job}");

    private static FieldChecks CheckJob(string job) => new FieldChecks().Id("job (in the path)", job);

    private static FieldChecks Gaps(this FieldChecks checks, int resumes, long totalMilliseconds, long longestMilliseconds) => checks
        .Range("resumes", resumes, 0, MaxResumes)
        .Range("gapMilliseconds", totalMilliseconds, 0, RunRules.MaxGapMilliseconds)
        .Range("longestGapMilliseconds", longestMilliseconds, 0, Math.Clamp(totalMilliseconds, 0, RunRules.MaxGapMilliseconds));

    private static FieldChecks Path(this FieldChecks checks, IReadOnlyList<PathEntry>? path)
    {
        if (path is null)
        {
            return checks;
        }

        var bad = path.FirstOrDefault(entry =>
            entry is null || !Identifier.IsValid(entry.Gateway) || entry.Connections < 0 || entry.BytesUp < 0 || entry.BytesDown < 0
            || !(entry.After is null || Identifier.IsValid(entry.After)));
        var isBad = bad is not null || path.Any(entry => entry is null);
        return checks
            .Range("path (entries)", path.Count, 0, MaxSteps)
            .Require(!isBad, "path", bad is null ? "null" : $"{bad.Gateway}: {bad.Connections}, {bad.BytesUp}, {bad.BytesDown}", "gateways' ids, with counts of 0 and more");
    }
}
