using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Silo.Certificates;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Grains.Jobs;

/// <summary>
/// A tenant's job. Says whether its run is open; the tenant's count of claims follows it (claimed before a run is written, released after its end was). The route's row
/// is the permission: a tenant that is disabled, or revokes the connector, deletes it, and the job ends the run when it finds that out.
/// </summary>
[GrainType("job")]
internal sealed class JobGrain(
    [PersistentState("job")] IPersistentState<JobState> stored,
    TimeProvider time,
    ISiloKeys keys,
    SiloOptions options,
    SiloStart start,
    IDbContextFactory<SiloDbContext> contexts,
    GrainMetrics metrics,
    ILogger<JobGrain> logger) : JobPermissions(stored, time, start, contexts, metrics, logger), IJobGrain
{
    private static readonly TimeSpan s_writeEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_obeysWithin = TimeSpan.FromMinutes(1);

    private DateTimeOffset _written;

    // The open run with what was reported and not yet written; replaced as a whole, read by interleaving calls.
    private RunInfo? _reported;

    public async Task<OpenedRun> OpenRunAsync(OpenRun request, CancellationToken cancellationToken)
    {
        Require.Identifier("job", Job);
        Require.Identifier("repository", request.Repository);
        Require.Text("host", request.Host, 253);
        Require.Text("tool", request.Tool, 200);
        Require.Range("connections", request.Connections, 1, 64);
        Require.Defined("mode", request.Mode);
        State.RequireFree(request.Connector, Noun);
        var open = State.Open;
        var permit = await TenantGrain.ClaimRunAsync(new RunClaim(request.Connector, request.Repository, Job, request.ReadsOnly), cancellationToken);
        RankedList list;
        try
        {
            await RequireRepositoryAsync(request.Repository, cancellationToken);
            list = await RankAsync(permit.Pools, request.Connections, cancellationToken);
        }
        catch (Exception) when (open is null)
        {
            await ReleaseAsync();
            throw;
        }
        if (open is not null)
        {
            State.End(open, RunStatus.Lost, "Its connector opened another run of the job without ending this one.", Now);
        }
        var label = RouteLabel.Create(keys.LabelKey.Span);
        var serverName = new ZoneNames(options.Zone).Route(label);
        var run = State.Begin(request, permit, label, serverName, Names(list), Now);
        try
        {
            await WriteAsync(cancellationToken);
        }
        catch (RefusedException)
        {
            // The tenant was disabled, or the connector revoked, after it had said yes.
            await ReleaseAsync();
            throw;
        }
        return Opened(run, list);
    }

    public async Task<OpenedRun> NextAttemptAsync(long run, AttemptFailure failure, CancellationToken cancellationToken)
    {
        var open = RequireOpen(run, failure.Connector);
        var path = RunRules.Merge(failure.Path);
        RunRules.CheckGaps(failure.Gaps);
        var last = open.Attempts[^1];
        var isRepeat = failure.Attempt == last.Attempt - 1 && last.Ended is null;
        if (failure.Attempt != last.Attempt && !isRepeat)
        {
            var attempt = failure.Attempt.ToString(System.Globalization.CultureInfo.InvariantCulture);
            throw Require.Invalid("attempt", attempt, $"{last.Attempt}, the last attempt of run {run}");
        }
        if (open.CancelRequested)
        {
            throw new RefusedException(RefusalReason.RunClosed, $"Run {run} of {Noun} was cancelled: no further attempt.");
        }
        if (await RefusalOfAsync(open, cancellationToken) is { } refusal)
        {
            await EndAndWriteAsync(open, RunStatus.Failed, refusal.Message);
            throw refusal;
        }
        if (!isRepeat)
        {
            open = State.Replace(RunRules.WithLastAttempt(open, attempt => attempt with
            {
                Ended = attempt.Ended ?? Now,
                ExitCode = failure.ExitCode,
                Reason = RunRules.Cut(failure.Reason),
                Path = path,
                Gaps = failure.Gaps,
            }) with { Status = RunStatus.Retrying, Heard = Now });
        }
        RankedList list;
        try
        {
            await RequireRepositoryAsync(open.Repository, cancellationToken);
            list = State.Usable(await RankAsync(State.Route!.Pools, open.Connections, cancellationToken));
        }
        catch (RefusedException refused) when (refused.Reason == RefusalReason.Unavailable)
        {
            // The failure is kept; the connector asks again for the same attempt when it has waited.
            await WriteAsync(cancellationToken);
            throw;
        }
        if (!isRepeat)
        {
            open = State.Replace(open with
            {
                Status = RunStatus.Running,
                Attempts = open.Attempts.Add(new AttemptInfo(last.Attempt + 1, Now, null, null, null, [])),
            });
        }
        State.Extend(Names(list), Now);
        await WriteAsync(cancellationToken);
        return Opened(open, list);
    }

    public async Task<RunDirective> ReportProgressAsync(long run, RunProgress progress, CancellationToken cancellationToken)
    {
        var known = RequireRun(run, progress.Connector);
        if (known.Ended is not null)
        {
            return new RunDirective(true, known.Reason ?? $"Run {run} of {Noun} has ended: {known.Status}.", null);
        }
        var path = RunRules.Merge(progress.Path);
        if (await RefusalOfAsync(known, cancellationToken) is { } refusal)
        {
            await EndAndWriteAsync(known, RunStatus.Failed, refusal.Message);
            return new RunDirective(true, refusal.Message, null);
        }
        var list = State.Usable(await ListAsync(State.Route!.Pools, 0, cancellationToken));
        RunRules.CheckGaps(progress.Gaps);
        var status = RunRules.OpenStatus(progress);
        var isTransition = known.Status != status;
        var changed = known with { Status = status, Heard = Now };
        if (changed.Attempts[^1].Attempt == progress.Attempt)
        {
            changed = RunRules.WithLastAttempt(changed, attempt => attempt with { Path = path, Gaps = progress.Gaps });
        }
        State.Replace(changed);
        _reported = changed.Describe();
        var isNewer = list.Version != progress.ListVersion && !list.Gateways.IsEmpty;
        if (State.Extend(isNewer ? Names(list) : [], Now) || isTransition || Now - _written >= s_writeEvery)
        {
            await WriteAsync(cancellationToken);
        }
        return changed.CancelRequested
            ? new RunDirective(true, $"Run {run} of {Noun} was cancelled.", null)
            : new RunDirective(false, null, isNewer ? list : null);
    }

    public async Task<bool> AddGatewayAsync(string serverName, string gateway, CancellationToken cancellationToken)
    {
        if (!Exists || State.Route is not { } route || route.ServerName != serverName)
        {
            return false;
        }
        if (!route.Gateways.Contains(gateway))
        {
            State.Route = route with { Gateways = route.Gateways.Add(gateway) };
            await WriteAsync(cancellationToken);
        }
        return true;
    }

    public async Task BarGatewayAsync(long run, string gateway, CancellationToken cancellationToken)
    {
        Actor.RefuseOthers("Taking a run's route from a gateway");
        Require.Identifier("gateway", gateway);
        RequireExisting();
        if (State.Open?.Run != run)
        {
            throw new RefusedException(RefusalReason.RunClosed, $"Run {run} of {Noun} is not open.");
        }
        if (State.Bar(gateway))
        {
            Audit("run-path-closed", $"Run {run} of {Noun} at gateway '{gateway}'.");
            await WriteAsync(cancellationToken);
        }
    }

    public async Task RecordSnapshotAsync(long run, string snapshot, DateTimeOffset committed, CancellationToken cancellationToken)
    {
        RequireExisting();
        Require.Text("snapshot", snapshot, 64);
        var known = State.Find(run)
            ?? throw new RefusedException(RefusalReason.RunClosed, $"There is no run {run} of {Noun} among its last {JobState.MaxRuns}; the last one is {State.NextRun - 1}.");
        if (known.Snapshot == snapshot)
        {
            return;
        }
        State.Record(known, snapshot, committed);
        await WriteAsync(cancellationToken);
    }

    public async Task RecordAccessAsync(AccessActivity activity, CancellationToken cancellationToken)
    {
        Require.Identifier("job", Job);
        if (Exists && State.Mode != JobMode.Agentless)
        {
            throw new RefusedException(RefusalReason.RunClosed, $"Connectors run {Noun}: an access key's use cannot be told by that name.");
        }
        var before = Exists ? State.Runs[^1] : null;
        if (!AgentlessRuns.Apply(State, activity, Key, Now))
        {
            return;
        }
        var run = State.Runs[^1];
        _reported = run.Describe();
        if (run.Ended is not null || before is null || (run.Run, run.Status, run.Snapshot) != (before.Run, before.Status, before.Snapshot) || Now - _written >= s_writeEvery)
        {
            await WriteAsync(cancellationToken);
        }
    }

    public async Task<RunInfo> FinishRunAsync(long run, RunEnd end, CancellationToken cancellationToken)
    {
        var known = RequireRun(run, end.Connector);
        if (known.Ended is not null && known.Status != RunStatus.Lost)
        {
            return known.Describe();
        }
        var path = RunRules.Merge(end.Path);
        RunRules.CheckGaps(end.Gaps);
        var status = RunRules.EndStatus(end.ExitCode, end.Cancelled || (known.CancelRequested && end.ExitCode != 0), known.Snapshot is not null);
        var reason = end.Reason ?? RunRules.EndReason(status, end.ExitCode, RunRules.ExpectsSnapshot(known.Tool, known.ReadsOnly));
        known = RunRules.WithLastAttempt(RunRules.WithoutLoss(known), attempt => attempt with { ExitCode = end.ExitCode, Path = path, Gaps = end.Gaps });
        var ended = RunRules.EndedAt(known, end.Ago, Now);
        if (known.Ended is null)
        {
            return await EndAndWriteAsync(known, status, reason, ended);
        }
        // Its claim was released when it was lost, or a newer run took it over: nothing is released here.
        known = State.Correct(known, status, reason, ended);
        await WriteAsync(CancellationToken.None);
        return known.Describe();
    }

    public async Task<JobInfo> CancelAsync(CancellationToken cancellationToken)
    {
        RequireExisting();
        if (State.Mode == JobMode.Agentless)
        {
            throw Require.Invalid("job", Job, "a job of a connector: a stock client cannot be told to stop. Revoke its access key to end its connections");
        }
        if (State.Open is { CancelRequested: false } open)
        {
            State.Replace(open with { CancelRequested = true, CancelAsked = Now });
            Audit("run-cancelled", $"Run {open.Run} of {Noun}.");
            await WriteAsync(cancellationToken);
        }
        return View;
    }

    public Task<JobInfo> CancelOwnAsync(string connector, CancellationToken cancellationToken)
    {
        RequireExisting();
        return State.Open is { } open && State.Mode != JobMode.Agentless && open.Connector == connector
            ? CancelAsync(cancellationToken)
            : throw new RefusedException(RefusalReason.RunClosed, State.Open is { } other
                ? $"Run {other.Run} of {Noun} is that of '{other.Connector}': cancel it there, or on the tenants' site."
                : $"No run of {Noun} is open: there is nothing to cancel.");
    }

    public async Task<JobInfo> PlanAsync(PlanJob plan, CancellationToken cancellationToken)
    {
        Require.Identifier("job", Job);
        await RequireQuotaAsync(plan.Repository, cancellationToken);
        if (PlanRules.Apply(State, plan, Exists, Noun, Now))
        {
            await WriteAsync(cancellationToken);
        }
        return View;
    }

    public async Task WithdrawPlanAsync(string connector, CancellationToken cancellationToken)
    {
        if (!Exists || State.Plan?.Connector != connector)
        {
            return;
        }
        State.Plan = null;
        if (State.Runs.Count > 0)
        {
            await WriteAsync(cancellationToken);
            return;
        }
        State.IsRemoved = true;
        await RemoveAsync(cancellationToken);
    }

    public async Task<bool> EndSilentAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (!Exists || State.Open is not { } open)
        {
            // A claim whose run was never written, or whose release failed.
            await TenantGrain.ReleaseRunAsync(Job, cancellationToken);
            if (!Exists)
            {
                DeactivateOnIdle();
            }
            return false;
        }
        if (open.CancelAsked is { } asked && Now - asked > s_obeysWithin)
        {
            await EndAndWriteAsync(open, RunStatus.Cancelled, $"The run was cancelled; its connector did not end it within {s_obeysWithin.TotalSeconds:0} s, and so its route was closed.");
            return true;
        }
        // While the silo was down, or paused, nobody could be heard.
        if (Silence(open.Heard) <= limit)
        {
            return false;
        }
        if (State.Mode == JobMode.Agentless)
        {
            var (status, why) = AgentlessRuns.Silent(open, limit);
            await EndAndWriteAsync(open, status, why);
            return true;
        }
        var reason = $"Its connector was not heard from for {limit.TotalMinutes:0} minutes; last at {open.Heard:yyyy-MM-dd HH:mm:ss} UTC.";
        await EndAndWriteAsync(open, open.CancelRequested ? RunStatus.Cancelled : RunStatus.Lost, reason);
        return true;
    }

    public Task<JobInfo> GetAsync(CancellationToken cancellationToken) => Task.FromResult(RunRules.WithReported(View, _reported));

    protected override JobInfo Describe() => new(
        Tenant, Job, State.Mode, State.Repository, State.LastGood, [.. State.Runs.AsEnumerable().Reverse().Select(run => run.Describe())], Version, State.Plan);

    private static ImmutableArray<string> Names(RankedList list) => [.. list.Gateways.Select(place => place.Gateway)];

    private OpenedRun Opened(RunEntry run, RankedList list) => new(Job, run.Run, run.Attempts[^1].Attempt, run.ServerName, run.Repository, list);

    private RunEntry RequireRun(long run, string connector)
    {
        RequireExisting();
        return State.RunOf(run, connector, Noun);
    }

    private RunEntry RequireOpen(long run, string connector)
    {
        var known = RequireRun(run, connector);
        return known.Ended is null
            ? known
            : throw new RefusedException(RefusalReason.RunClosed, $"Run {run} of {Noun} has ended: {known.Status}. {known.Reason}");
    }

    // The end is written whatever becomes of the caller: it is the one word about a run that must not be lost.
    private async Task<RunInfo> EndAndWriteAsync(RunEntry run, RunStatus status, string? reason, DateTimeOffset? at = null)
    {
        var ended = State.End(run, status, reason, at ?? Now);
        await WriteAsync(CancellationToken.None);
        await ReleaseAsync();
        return ended.Describe();
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        await SaveAsync(cancellationToken);
        _written = Now;
    }
}
