using Headgate.Grains;

namespace Headgate.Silo.Grains.Drills;

/// <summary>
/// Failover drills. That a runner lives is not written: after the grain came anew, one that is not heard of again for <see cref="Silence"/> has gone with its process.
/// </summary>
[GrainType("drill")]
internal sealed class DrillGrain([PersistentState("drill")] IPersistentState<DrillsState> stored, TimeProvider time, SiloStart start)
    : StoredGrain<DrillsState, DrillBook>(stored, time), IDrillGrain
{
    /// <summary>A runner unheard for so long is gone; it reports each second or two.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    public const string BySchedule = "schedule";
    private const int MaxSentence = 2000;
    private const string Gone = "The server that carried it out stopped, or lost it, in its midst. Its run ends by itself; the next drill removes what it left.";

    private readonly TimeProvider _time = time;
    private long _heard;

    // Shown while the drill goes on; replaced with each report.
    private string? _doing;

    protected override string Noun => "failover drill";

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _heard = _time.GetTimestamp();
        return base.OnActivateAsync(cancellationToken);
    }

    public async Task<DrillInfo> StartAsync(StartDrill request, CancellationToken cancellationToken)
    {
        Actor.RefuseOthers("A failover drill");
        await CheckAsync(request.Repository, request.Pool, cancellationToken);
        if (State.Open is { Drill: var open })
        {
            throw new RefusedException(RefusalReason.Exists, $"Drill {open.Number}, asked for by {open.AskedBy} at {open.Asked:HH:mm:ss} UTC, is not over: one at a time.");
        }
        var drill = State.Add(request, Actor.Current, Now);
        Audit("drill-started", $"Failover drill {drill.Number} over pool '{request.Pool}' on repository '{request.Repository}'.");
        await SaveAsync(cancellationToken);
        return drill;
    }

    public async Task<DrillBook> ScheduleAsync(DrillSchedule? schedule, CancellationToken cancellationToken)
    {
        Actor.RefuseOthers("The schedule of failover drills");
        if (schedule is not null)
        {
            Require.Text("cron", schedule.Cron, 200);
            await CheckAsync(schedule.Repository, schedule.Pool, cancellationToken);
        }
        if (schedule != State.Schedule)
        {
            State.Schedule = schedule;
            Audit("drill-scheduled", schedule is null
                ? "Failover drills begin by hand only."
                : $"Failover drills by '{schedule.Cron}' over pool '{schedule.Pool}' on repository '{schedule.Repository}'.");
            await SaveAsync(cancellationToken);
        }
        return Shown();
    }

    public async Task<bool> StartDueAsync(DateTimeOffset due, DateTimeOffset? next, CancellationToken cancellationToken)
    {
        if (State.Schedule is not { } schedule || schedule.Due != due)
        {
            return false;
        }
        State.Schedule = schedule with { Due = next };
        if (State.Open is null)
        {
            var drill = State.Add(new StartDrill(schedule.Repository, schedule.Pool), BySchedule, Now);
            Audit("drill-started", $"Failover drill {drill.Number}, by schedule, over pool '{schedule.Pool}' on repository '{schedule.Repository}'.");
        }
        await SaveAsync(cancellationToken);
        return true;
    }

    public async Task<DrillInfo?> TakeAsync(string runner, CancellationToken cancellationToken)
    {
        if (State.Open is not { } open)
        {
            return null;
        }
        if (open.Drill.State == DrillState.Running)
        {
            // A runner that asks carries nothing out: what is still open under its own name, it lost.
            if (open.Runner != runner && (_time.GetElapsedTime(_heard) < Silence || start.TrustedFor < Silence))
            {
                return null;
            }
            End(open.Drill, DrillState.Interrupted, Gone, null);
            await SaveAsync(cancellationToken);
            return null;
        }
        (_heard, _doing) = (_time.GetTimestamp(), null);
        var taken = State.ReplaceOpen(open.Drill with { State = DrillState.Running, Started = Now }, runner);
        await SaveAsync(cancellationToken);
        return taken;
    }

    public Task<bool> ReportAsync(long number, string runner, string doing, CancellationToken cancellationToken)
    {
        Require.Text("doing", doing, MaxSentence);
        if (!IsOf(number, runner))
        {
            return Task.FromResult(false);
        }
        (_heard, _doing) = (_time.GetTimestamp(), doing);
        return Task.FromResult(true);
    }

    public async Task EndAsync(long number, string runner, DrillState state, string sentence, DrillReport? report, CancellationToken cancellationToken)
    {
        Require.Defined("state", state);
        if (!IsOf(number, runner) || state is DrillState.Waiting or DrillState.Running)
        {
            return;
        }
        End(State.Open!.Drill, state, sentence.Length > MaxSentence ? sentence[..MaxSentence] : sentence, report);
        await SaveAsync(cancellationToken);
    }

    public Task<DrillBook> GetAsync(CancellationToken cancellationToken) => Task.FromResult(Shown());

    protected override DrillBook Describe() => new(State.Schedule, [.. State.Drills.AsEnumerable().Reverse().Select(entry => entry.Drill)], Version);

    private bool IsOf(long number, string runner) => State.Open is { Drill: { State: DrillState.Running } drill } open && drill.Number == number && open.Runner == runner;

    private void End(DrillInfo drill, DrillState state, string sentence, DrillReport? report)
    {
        State.ReplaceOpen(drill with { State = state, Ended = Now, Sentence = sentence, Report = report }, null);
        Audit("drill-ended", $"Failover drill {drill.Number}: {state}. {sentence}");
        _doing = null;
    }

    private DrillBook Shown()
    {
        var book = IsPublished ? View : DrillBook.Empty;
        return book.Open() is { State: DrillState.Running } open && _doing is { } doing
            ? book with { Drills = book.Drills.SetItem(0, open with { Sentence = doing }) }
            : book;
    }

    private async Task CheckAsync(string repository, string pool, CancellationToken cancellationToken)
    {
        Require.Identifier("repository", repository);
        Require.Identifier("pool", pool);
        await GrainFactory.GetGrain<IRepositoryGrain>(repository).GetAsync(cancellationToken);
    }
}
