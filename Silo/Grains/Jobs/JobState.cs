using Headgate.Grains;
using Headgate.Silo.Grains.Gateways;
using Headgate.Silo.Storage;

namespace Headgate.Silo.Grains.Jobs;

/// <summary>What a job grain remembers: the last runs (older ones stay in their tables) and the route of the open one.</summary>
[GenerateSerializer]
internal sealed class JobState : StoredState
{
    public const int MaxRuns = 20;

    /// <summary>Gateways that are told of a route without asking: as many as a list has places.</summary>
    public const int MaxTold = Ranking.MaxPlaces;

    /// <summary>Gateways ask again for a route that is older; moved while the run goes on.</summary>
    public static readonly TimeSpan RouteLifetime = TimeSpan.FromHours(1);

    [Id(0)]
    public JobMode Mode { get; set; }

    [Id(1)]
    public string Repository { get; set; } = "";

    /// <summary>End of the last run that wrote a snapshot.</summary>
    [Id(2)]
    public DateTimeOffset? LastGood { get; set; }

    [Id(3)]
    public long NextRun { get; set; } = 1;

    /// <summary>Oldest first.</summary>
    [Id(4)]
    public List<RunEntry> Runs { get; set; } = [];

    /// <summary>Of the open run; null when none is open. Gateways and the repository hear of its changes in the transaction that writes them.</summary>
    [Id(5)]
    public RouteEntry? Route { get; set; }

    /// <summary>What the service of the job's machine means to do; null where none plans it.</summary>
    [Id(6)]
    public JobPlan? Plan { get; set; }

    /// <summary>Set for the last write, which takes the row away: it was planned, never ran, and is planned no more.</summary>
    [Id(7)]
    public bool IsRemoved { get; set; }

    /// <summary>The run that this write corrects, which may be older than those that change otherwise; null: none.</summary>
    [Id(8)]
    public long? Corrected { get; set; }

    public RunEntry? Open => Runs.Count > 0 && Runs[^1].Ended is null ? Runs[^1] : null;

    public RunEntry? Find(long run) => Runs.Find(entry => entry.Run == run);

    /// <summary>A run of a connector's.</summary>
    /// <exception cref="RefusedException">There is none, or it is somebody else's.</exception>
    public RunEntry RunOf(long run, string connector, string noun)
    {
        var known = Find(run)
            ?? throw new RefusedException(RefusalReason.RunClosed, $"There is no run {run} of {noun}; its last one is {NextRun - 1}.");
        return Mode != JobMode.Agentless && known.Connector == connector
            ? known
            : throw new RefusedException(RefusalReason.RunClosed, $"Run {run} of {noun} belongs to {(Mode == JobMode.Agentless ? "access key" : "connector")} '{known.Connector}'.");
    }

    /// <summary>Nobody but <paramref name="connector"/> may have a run open.</summary>
    /// <exception cref="RefusedException">Somebody has, or the job is that of an access key.</exception>
    public void RequireFree(string connector, string noun)
    {
        if (Mode == JobMode.Agentless)
        {
            throw new RefusedException(RefusalReason.RunClosed, $"The {noun} is that of an access key: give the connector's job another name.");
        }
        if (Open is { } open && open.Connector != connector)
        {
            throw new RefusedException(
                RefusalReason.RunClosed,
                $"Run {open.Run} of {noun} is open: connector '{open.Connector}' has run it since {open.Started:yyyy-MM-dd HH:mm:ss} UTC. "
                + "Wait until it ends, cancel it, or give this machine's job a name of its own.");
        }
    }

    /// <summary>Puts a changed run in its old place.</summary>
    public RunEntry Replace(RunEntry changed)
    {
        Runs[Runs.FindIndex(entry => entry.Run == changed.Run)] = changed;
        return changed;
    }

    /// <summary>Begins a run on a route of its own.</summary>
    public RunEntry Begin(OpenRun request, RunPermit permit, string label, string serverName, ImmutableArray<string> gateways, DateTimeOffset now)
    {
        var run = new RunEntry(
            NextRun++, RunStatus.Running, request.Connector, request.Repository, request.Host, request.Tool, request.ReadsOnly, request.Connections,
            serverName, now, null, now, false, null, null, null, [new AttemptInfo(1, now, null, null, null, [])], null);
        (Mode, Repository) = (request.Mode, request.Repository);
        Plan = Plan?.Connector == request.Connector ? Plan with { Missed = null, Why = null } : Plan;
        Add(run);
        Route = new RouteEntry(
            label, serverName, run.Run, run.Repository, run.Connector, permit.Level, permit.Pools, gateways, now, now + RouteLifetime, IsNew: true);
        return run;
    }

    /// <summary>Puts a new run behind the others; the oldest may leave memory for it.</summary>
    public void Add(RunEntry run)
    {
        Runs.Add(run);
        Runs.RemoveRange(0, Math.Max(0, Runs.Count - MaxRuns));
    }

    /// <summary>
    /// Has <paramref name="gateways"/> told of the route that were not, as long as a list's worth of them is, and moves its end when half of its time is over. One that is not told looks
    /// the route up when it is first asked: lists change, and a long run is not to fill up with every gateway that was ever in one. False: nothing to write.
    /// </summary>
    public bool Extend(ImmutableArray<string> gateways, DateTimeOffset now)
    {
        var route = Route!;
        var more = gateways.Except(route.Gateways, StringComparer.Ordinal).Take(Math.Max(0, MaxTold - route.Gateways.Length));
        ImmutableArray<string> all = [.. route.Gateways, .. more];
        var isDue = route.Expires - now < RouteLifetime / 2;
        if (all.Length == route.Gateways.Length && !isDue)
        {
            return false;
        }
        Route = route with { Gateways = all, Expires = isDue ? now + RouteLifetime : route.Expires };
        return true;
    }

    /// <summary>Takes the open run's route from a gateway. False: it was, or there is none.</summary>
    public bool Bar(string gateway)
    {
        if (Route is not { } route || route.Barred.Contains(gateway))
        {
            return false;
        }
        Route = route with { Gateways = [.. route.Gateways.Union([gateway], StringComparer.Ordinal)], Barred = route.Barred.Add(gateway) };
        return true;
    }

    /// <summary>A list without the gateways that the open run may not use.</summary>
    public RankedList Usable(RankedList list) => Route is { Barred: { IsEmpty: false } barred }
        ? list with { Gateways = list.Gateways.RemoveAll(place => barred.Contains(place.Gateway)) }
        : list;

    /// <summary>Ends a run, its last attempt and its route.</summary>
    public RunEntry End(RunEntry run, RunStatus status, string? reason, DateTimeOffset ended)
    {
        run = Close(run, status, reason, ended);
        LastGood = run.Snapshot is null ? LastGood : ended;
        Route = null;
        return run;
    }

    /// <summary>Gives a run that counts as lost its own end. Its route is gone; the one that there is belongs to a newer run.</summary>
    public RunEntry Correct(RunEntry lost, RunStatus status, string? reason, DateTimeOffset ended)
    {
        var isNewest = LastGood is null || LastGood == lost.Ended || LastGood < ended;
        LastGood = lost.Snapshot is not null && isNewest ? ended : LastGood;
        Corrected = lost.Run;
        return Close(lost, status, reason, ended);
    }

    /// <summary>Adds a snapshot to a run. The repository's word of it may come after the run's end, and after others have begun.</summary>
    public void Record(RunEntry run, string snapshot, DateTimeOffset committed)
    {
        run = run with { Snapshot = snapshot, SnapshotCommitted = DateTimeOffset.FromUnixTimeMilliseconds(committed.ToUnixTimeMilliseconds()) };
        if (run.Ended is { } ended)
        {
            run = RunRules.WithLateSnapshot(run);
            LastGood = LastGood > ended ? LastGood : ended;
            Corrected = run.Run;
        }
        Replace(run);
    }

    internal override void Written()
    {
        base.Written();
        Route = Route is null ? null : Route with { IsNew = false };
        Corrected = null;
    }

    private RunEntry Close(RunEntry run, RunStatus status, string? reason, DateTimeOffset ended)
    {
        run = RunRules.WithLastAttempt(run, attempt => attempt with { Ended = attempt.Ended ?? ended, Reason = attempt.Reason ?? RunRules.Cut(reason) });
        return Replace(run with { Status = status, Ended = ended, Reason = RunRules.Cut(reason) });
    }
}
