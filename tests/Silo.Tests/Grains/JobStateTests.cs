using Headgate.Grains;
using Headgate.Silo.Grains.Jobs;
using Headgate.Silo.Grains.Sweeping;
using static Headgate.Silo.Tests.Grains.JobSilo;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

/// <summary>The states of a run that depend on what its connector says, or no longer says.</summary>
public sealed class JobStateTests
{
    [Fact]
    public async Task ReportProgressAsync_WhenStreamsWereResumed_SaysSoAndKeepsTheGaps()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        await job.OpenRunAsync(Open("laptop"), default);
        await job.ReportProgressAsync(1, Progress(), default);
        Assert.Equal(RunStatus.Running, (await job.GetAsync(default)).Runs[0].Status);

        await job.ReportProgressAsync(1, Progress() with { Gaps = new(1, 300, 300) }, default);
        await job.ReportProgressAsync(1, Progress() with { Gaps = new(3, 2100, 1700) }, default);

        var resumed = (await job.GetAsync(default)).Runs[0];
        Assert.Equal((RunStatus.Resumed, new StreamGaps(3, 2100, 1700)), (resumed.Status, resumed.Gaps()));

        // The first of them was a change of state, and so was written: it outlives the silo.
        await using var again = await silo.BesideAsync();
        var kept = (await again.Job("acme", "nightly").GetAsync(default)).Runs[0];
        Assert.Equal((RunStatus.Resumed, new StreamGaps(1, 300, 300)), (kept.Status, kept.Gaps()));
    }

    [Fact]
    public async Task Run_OverSeveralAttempts_AddsTheirGapsUp()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        await job.OpenRunAsync(Open("laptop"), default);
        await job.ReportProgressAsync(1, Progress() with { Gaps = new(1, 300, 300) }, default);
        await job.NextAttemptAsync(1, new AttemptFailure("laptop", 1, 1, "reset", [], new(2, 900, 600)), default);
        Assert.Equal(RunStatus.Running, (await job.GetAsync(default)).Runs[0].Status);

        var ended = await job.FinishRunAsync(1, new RunEnd("laptop", 2, 0, false, null, [], new(1, 5000, 5000)), default);

        Assert.Equal(new StreamGaps(3, 5900, 5000), ended.Gaps());
        await using var again = await silo.BesideAsync();
        var kept = (await again.Job("acme", "nightly").GetAsync(default)).Runs[0];
        Assert.Equal([new StreamGaps(2, 900, 600), new StreamGaps(1, 5000, 5000)], kept.Attempts.Select(attempt => attempt.Gaps));
    }

    [Fact]
    public void Extend_OfARunThatOutlivesManyLists_TellsAListsWorthOfGateways()
    {
        var now = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var state = new JobState();
        state.Begin(Open("laptop"), new RunPermit(["default"], AccessLevel.Full, 1), "label", "r-label.data.backup.test", ["g1", "g2", "g3"], now);

        Assert.True(state.Extend(["g4", "g2", "g5"], now));
        Assert.True(state.Extend([.. Enumerable.Range(6, 8).Select(i => $"g{i}")], now));
        Assert.Equal(["g1", "g2", "g3", "g4", "g5", "g6", "g7", "g8"], state.Route!.Gateways);
        Assert.False(state.Extend(["g99"], now));

        // Those that looked it up themselves count, and are kept: they are told when it closes.
        state.Route = state.Route with { Gateways = state.Route.Gateways.Add("g50") };
        Assert.False(state.Extend(["g99"], now));
        Assert.True(state.Extend(["g99"], now + JobState.RouteLifetime));
        Assert.Equal((9, now + (2 * JobState.RouteLifetime)), (state.Route.Gateways.Length, state.Route.Expires));
    }

    [Theory]
    [InlineData(-1, 0, 0)]
    [InlineData(1, -1, 0)]
    [InlineData(1, 10, 11)]
    [InlineData(1, long.MaxValue, 1)]
    public async Task Gaps_ThatCannotBe_AreRefusedWithoutAChange(int resumes, long total, long longest)
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        await job.OpenRunAsync(Open("laptop"), default);
        var gaps = new StreamGaps(resumes, total, longest);

        await RefusedAsync(RefusalReason.Invalid, () => job.ReportProgressAsync(1, Progress() with { Gaps = gaps }, default));
        await RefusedAsync(RefusalReason.Invalid, () => job.NextAttemptAsync(1, new AttemptFailure("laptop", 1, 1, "reset", [], gaps), default));
        await RefusedAsync(RefusalReason.Invalid, () => job.FinishRunAsync(1, new RunEnd("laptop", 1, 0, false, null, [], gaps), default));

        var run = (await job.GetAsync(default)).Runs[0];
        Assert.Equal((RunStatus.Running, null, default), (run.Status, run.Ended, run.Gaps()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CancelAsync_WhenTheConnectorDoesNotObey_EndsTheRunAfterAMinute(bool isHeard)
    {
        await using var silo = await ReadyAsync(runLimit: 1);
        var job = silo.Job("acme", "nightly");
        var opened = await job.OpenRunAsync(Open("laptop"), default);
        var asked = silo.Time.GetUtcNow();
        await job.CancelAsync(default);
        Assert.Equal(asked, (await job.GetAsync(default)).Runs[0].CancelAsked);
        for (var i = 0; i < 4; i++)
        {
            await KeepAliveAsync(silo, TimeSpan.FromSeconds(15));
            Assert.True(!isHeard || (await job.ReportProgressAsync(1, Progress(), default)).Stop);
            await silo.Sweeper.SweepAsync(default);
            Assert.Equal(RunStatus.Running, (await job.GetAsync(default)).Runs[0].Status);
        }

        await KeepAliveAsync(silo, TimeSpan.FromSeconds(1));
        await silo.Sweeper.SweepAsync(default);

        var run = (await job.GetAsync(default)).Runs[0];
        Assert.Equal(RunStatus.Cancelled, run.Status);
        Assert.Contains("60 s", run.Reason, StringComparison.Ordinal);
        Assert.Null(await silo.Snapshots.GrantAsync("rep1", opened.ServerName, default));
        Assert.True((await job.ReportProgressAsync(1, Progress(), default)).Stop);
        // Its word about the end comes too late to change it, and another run may begin.
        Assert.Equal(RunStatus.Cancelled, (await job.FinishRunAsync(1, new RunEnd("laptop", 1, 0, false, null, []), default)).Status);
        await silo.Job("acme", "weekly").OpenRunAsync(Open("laptop"), default);
    }

    [Fact]
    public async Task CancelAsync_WhenTheSiloDiesBeforeTheConnectorHears_EndsTheRunAllTheSame()
    {
        await using var silo = await ReadyAsync();
        await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);
        await silo.Job("acme", "nightly").CancelAsync(default);

        await using var again = await silo.BesideAsync();
        silo.Time.Advance(TimeSpan.FromSeconds(61));
        await again.Sweeper.SweepAsync(default);

        Assert.Equal(RunStatus.Cancelled, (await again.Job("acme", "nightly").GetAsync(default)).Runs[0].Status);
    }

    [Fact]
    public async Task Sweep_WhenSiloAndConnectorDiedTogether_EndsTheRunOnceTheNewSiloHasListenedLongEnough()
    {
        await using var silo = await ReadyAsync();
        await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);
        await silo.Job("acme", "nightly").ReportProgressAsync(1, Progress() with { Gaps = new(1, 20, 20) }, default);
        silo.Time.Advance(TimeSpan.FromHours(3));

        await using var again = await silo.BesideAsync();
        await again.Sweeper.SweepAsync(default);
        Assert.Equal(RunStatus.Resumed, (await again.Job("acme", "nightly").GetAsync(default)).Runs[0].Status);
        again.Time.Advance(Sweeper.SilentRun + TimeSpan.FromSeconds(1));
        await again.Sweeper.SweepAsync(default);

        var run = (await again.Job("acme", "nightly").GetAsync(default)).Runs[0];
        Assert.Equal((RunStatus.Lost, false), (run.Status, run.Ended is null));
        Assert.Equal(run.Ended, run.Attempts[^1].Ended);
    }
}
