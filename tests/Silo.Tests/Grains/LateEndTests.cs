using Headgate.Grains;
using Microsoft.EntityFrameworkCore;
using static Headgate.Silo.Tests.Grains.JobSilo;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

/// <summary>Ends of runs that are told late: by then the run may count as lost, and a newer one may be open.</summary>
public sealed class LateEndTests
{
    private static readonly TimeSpan s_silence = TimeSpan.FromMinutes(25);

    [Fact]
    public async Task FinishRunAsync_WhenTheRunCountedAsLost_GivesItItsOwnEnd()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        await job.OpenRunAsync(Open("laptop"), default);
        silo.Time.Advance(TimeSpan.FromMinutes(5));
        await job.RecordSnapshotAsync(1, "abc", silo.Time.GetUtcNow(), default);
        var ended = silo.Time.GetUtcNow();
        await LoseAsync(silo, job);
        Assert.NotEqual(ended, (await job.GetAsync(default)).LastGood);

        var run = await job.FinishRunAsync(1, End(0) with { Ago = silo.Time.GetUtcNow() - ended, Gaps = new(1, 200, 200) }, default);

        Assert.Equal((RunStatus.Succeeded, ended, null), (run.Status, run.Ended, run.Reason));
        var attempt = Assert.Single(run.Attempts);
        Assert.Equal((0, ended, null, 1), (attempt.ExitCode, attempt.Ended, attempt.Reason, attempt.Gaps.Resumes));
        Assert.Equal([new PathStep("gtw1", 5, 1000, 10)], attempt.Path);
        var info = await job.GetAsync(default);
        Assert.Equal(ended, info.LastGood);
        await using var again = await silo.BesideAsync();
        Assert.Equivalent(info, await again.Job("acme", "nightly").GetAsync(default), strict: true);
        // The end that it has now stays.
        Assert.Equivalent(run, await job.FinishRunAsync(1, End(1), default));
    }

    [Theory]
    [InlineData(1, false, RunStatus.Failed, "The tool ended with exit code 1.")]
    [InlineData(130, true, RunStatus.Cancelled, "The run was cancelled.")]
    [InlineData(0, false, RunStatus.NoSnapshot, "The tool ended well but wrote no snapshot: nothing was backed up.")]
    public async Task FinishRunAsync_WhenTheRunCountedAsLost_SaysHowItEnded(int exitCode, bool cancelled, RunStatus expected, string reason)
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        await job.OpenRunAsync(Open("laptop"), default);
        await LoseAsync(silo, job);
        var run = await job.FinishRunAsync(1, End(exitCode, cancelled), default);
        Assert.Equal((expected, reason, reason), (run.Status, run.Reason, run.Attempts[0].Reason));
        Assert.Null((await job.GetAsync(default)).LastGood);
    }

    [Fact]
    public async Task FinishRunAsync_WhenItWaitedForItsNextAttempt_KeepsHowTheLastOneFailed()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        await job.OpenRunAsync(Open("laptop"), default);
        await SetAsync(silo, WantedState.Draining);
        silo.Time.Advance(TimeSpan.FromSeconds(1));
        await RefusedAsync(RefusalReason.Unavailable, () => job.NextAttemptAsync(1, new AttemptFailure("laptop", 1, 1, "reset", []), default));
        var failed = silo.Time.GetUtcNow();
        await LoseAsync(silo, job);
        var run = await job.FinishRunAsync(1, End(1) with { Reason = "No gateway answers.", Ago = TimeSpan.FromHours(3) }, default);
        Assert.Equal((RunStatus.Failed, failed, "No gateway answers."), (run.Status, run.Ended, run.Reason));
        Assert.Equal((failed, "reset"), (run.Attempts[0].Ended, run.Attempts[0].Reason));
    }

    [Fact]
    public async Task FinishRunAsync_WhenANewerRunIsOpen_LeavesItsClaimAndRouteAlone()
    {
        await using var silo = await ReadyAsync(runLimit: 1);
        var job = silo.Job("acme", "nightly");
        await job.OpenRunAsync(Open("laptop"), default);
        await job.RecordSnapshotAsync(1, "abc", silo.Time.GetUtcNow(), default);
        silo.Time.Advance(TimeSpan.FromSeconds(10));
        // The second finds the first open, the third the second.
        await job.OpenRunAsync(Open("laptop"), default);
        var third = await job.OpenRunAsync(Open("laptop"), default);
        var newest = await silo.NewestAsync();

        var run = await job.FinishRunAsync(1, End(0) with { Ago = TimeSpan.FromSeconds(10) }, default);

        Assert.Equal(RunStatus.Succeeded, run.Status);
        Assert.Equal([RunStatus.Running, RunStatus.Lost, RunStatus.Succeeded], (await job.GetAsync(default)).Runs.Select(known => known.Status));
        Assert.Equal(newest, await silo.NewestAsync());
        Assert.NotNull(await silo.Snapshots.GrantAsync("rep1", third.ServerName, default));
        await RefusedAsync(RefusalReason.RunLimit, () => silo.Job("acme", "other").OpenRunAsync(Open("laptop"), default));
        Assert.False((await job.ReportProgressAsync(3, Progress(), default)).Stop);
        Assert.Equal([RunStatus.Succeeded, RunStatus.Lost, RunStatus.Running], (await RunsAsync(silo)).OrderBy(row => row.Run).Select(row => row.Status));
        await using var again = await silo.BesideAsync();
        Assert.Equal([RunStatus.Running, RunStatus.Lost, RunStatus.Succeeded], (await again.Job("acme", "nightly").GetAsync(default)).Runs.Select(known => known.Status));

        // The newer one's own end releases it.
        await job.FinishRunAsync(3, End(0), default);
        await using var db = silo.Read();
        Assert.Empty(await db.RunClaims.ToListAsync());
    }

    [Fact]
    public async Task FinishRunAsync_WhenANewerRunSucceeded_LeavesTheLastGoodBackupThere()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        await job.OpenRunAsync(Open("laptop"), default);
        await job.RecordSnapshotAsync(1, "abc", silo.Time.GetUtcNow(), default);
        await job.OpenRunAsync(Open("laptop"), default);
        silo.Time.Advance(TimeSpan.FromMinutes(1));
        await job.RecordSnapshotAsync(2, "def", silo.Time.GetUtcNow(), default);
        await job.FinishRunAsync(2, End(0), default);
        var good = (await job.GetAsync(default)).LastGood;
        silo.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(RunStatus.Succeeded, (await job.FinishRunAsync(1, End(0) with { Ago = TimeSpan.FromMinutes(2) }, default)).Status);
        Assert.Equal(good, (await job.GetAsync(default)).LastGood);
    }

    [Fact]
    public async Task FinishRunAsync_WhenAnotherConnectorOrRunIsMeant_IsRefused()
    {
        await using var silo = await ReadyAsync();
        await silo.AddConnectorAsync("acme", "server");
        var job = silo.Job("acme", "nightly");
        await job.OpenRunAsync(Open("laptop"), default);
        await LoseAsync(silo, job);
        await RefusedAsync(RefusalReason.RunClosed, () => job.FinishRunAsync(1, End(0) with { Connector = "server" }, default));
        await RefusedAsync(RefusalReason.RunClosed, () => job.FinishRunAsync(2, End(0), default));
        await RefusedAsync(RefusalReason.Invalid, () => job.FinishRunAsync(1, End(0) with { Ago = TimeSpan.FromMilliseconds(-1) }, default));
        await RefusedAsync(RefusalReason.Invalid, () => job.FinishRunAsync(1, End(0) with { Ago = TimeSpan.FromDays(366) }, default));
        Assert.Equal(RunStatus.Lost, (await job.GetAsync(default)).Runs[0].Status);
    }

    [Fact]
    public async Task FinishRunAsync_WhenItWasCancelledMeanwhile_StaysCancelled()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        await job.OpenRunAsync(Open("laptop"), default);
        await job.CancelAsync(default);
        await LoseAsync(silo, job);
        var cancelled = (await job.GetAsync(default)).Runs[0];
        Assert.Equal(RunStatus.Cancelled, cancelled.Status);
        Assert.Equivalent(cancelled, await job.FinishRunAsync(1, End(0) with { Ago = TimeSpan.FromMinutes(20) }, default));
    }

    [Theory]
    [InlineData(0, 600)]
    [InlineData(60, 540)]
    [InlineData(599, 1)]
    [InlineData(601, 0)]
    [InlineData(86_400, 0)]
    public async Task FinishRunAsync_WhenAnOpenRunIsToldLate_EndedThenAndNotBeforeItBegan(int secondsAgo, int expected)
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        await job.OpenRunAsync(Open("laptop"), default);
        var began = silo.Time.GetUtcNow();
        await job.RecordSnapshotAsync(1, "abc", began, default);
        silo.Time.Advance(TimeSpan.FromMinutes(10));
        var run = await job.FinishRunAsync(1, End(0) with { Ago = TimeSpan.FromSeconds(secondsAgo) }, default);
        Assert.Equal((RunStatus.Succeeded, began.AddSeconds(expected)), (run.Status, run.Ended));
        Assert.Equal(run.Ended, run.Attempts[0].Ended);
        Assert.Equal(run.Ended, (await job.GetAsync(default)).LastGood);
        await using var db = silo.Read();
        Assert.Empty(await db.RunClaims.ToListAsync());
    }

    private static async Task LoseAsync(SiloWorld silo, IJobGrain job)
    {
        silo.Time.Advance(s_silence + TimeSpan.FromMinutes(1));
        Assert.True(await job.EndSilentAsync(s_silence, default));
    }
}
