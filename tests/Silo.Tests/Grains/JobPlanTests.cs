using Headgate.Grains;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

/// <summary>What machines mean to run, and what became of it.</summary>
public sealed class JobPlanTests
{
    [Fact]
    public async Task PlanAsync_OfANewJob_MakesItPlannedAndItsRunTakesThePlanAlong()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        var next = silo.Time.GetUtcNow().AddHours(3);

        var planned = await job.PlanAsync(Plan("laptop", next), default);

        Assert.Equal((0, JobMode.Copy, "rep1", next), (planned.Runs.Length, planned.Mode, planned.Repository, planned.Plan!.Next));
        Assert.Null(planned.MissedAt(silo.Time.GetUtcNow()));
        var listed = Assert.Single((await silo.Grains.GetGrain<IDirectory>("directory").ListJobsAsync("acme", new(0, 10, null), default)).Items);
        Assert.Equal((next, "30 2 * * *"), (listed.Plan!.Next, listed.Plan.Schedule));
        await job.OpenRunAsync(Open("laptop"), default);
        await using var again = await silo.BesideAsync();
        var kept = await again.Job("acme", "nightly").GetAsync(default);
        Assert.Equal((1, next, "laptop"), (kept.Runs.Length, kept.Plan!.Next, kept.Plan.Connector));
    }

    [Fact]
    public async Task MissedAt_WhenTheTimePassedWithoutARun_IsThatTimeUntilOneBegins()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        var next = silo.Time.GetUtcNow().AddHours(1);
        await job.PlanAsync(Plan("laptop", next), default);

        silo.Time.Advance(TimeSpan.FromMinutes(69));
        Assert.Null((await job.GetAsync(default)).MissedAt(silo.Time.GetUtcNow()));
        Assert.Equal(0, await MissedAsync(silo));
        silo.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(next, (await job.GetAsync(default)).MissedAt(silo.Time.GetUtcNow()));
        Assert.Equal(1, await MissedAsync(silo));

        // Its machine comes back and plans the next day's: what was missed stays known.
        silo.Time.Advance(TimeSpan.FromHours(5));
        var back = await job.PlanAsync(Plan("laptop", next.AddDays(1)), default);
        Assert.Equal((next, "Its machine was off, its service did not run, or what it started never became a run."), (back.MissedAt(silo.Time.GetUtcNow()), back.Plan!.Why));
        Assert.Equal(1, await MissedAsync(silo));

        await BackAsync(silo);
        await job.OpenRunAsync(Open("laptop"), default);
        Assert.Null((await job.GetAsync(default)).MissedAt(silo.Time.GetUtcNow()));
        await job.FinishRunAsync(1, new RunEnd("laptop", 1, 0, false, null, []), default);
        Assert.Null((await job.GetAsync(default)).MissedAt(silo.Time.GetUtcNow()));
        Assert.Equal(0, await MissedAsync(silo));
    }

    [Fact]
    public async Task PlanAsync_WhenTheMachineLeftATimeOut_KeepsItsReasonUntilARunBegins()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        var now = silo.Time.GetUtcNow();
        await job.OpenRunAsync(Open("laptop"), default);
        silo.Time.Advance(TimeSpan.FromMinutes(20));
        await job.PlanAsync(Plan("laptop", now.AddHours(1)) with { Skipped = now.AddMinutes(10), Why = "The run before was still going on." }, default);
        Assert.Null((await job.GetAsync(default)).MissedAt(silo.Time.GetUtcNow()));
        await job.FinishRunAsync(1, new RunEnd("laptop", 1, 0, false, null, []), default);

        var left = await job.GetAsync(default);
        Assert.Equal((now.AddMinutes(10), "The run before was still going on."), (left.MissedAt(silo.Time.GetUtcNow()), left.Plan!.Why));
        await BackAsync(silo);
        await job.OpenRunAsync(Open("laptop"), default);
        await job.PlanAsync(Plan("laptop", now.AddHours(2)) with { Skipped = now.AddMinutes(10), Why = "The run before was still going on." }, default);
        await job.FinishRunAsync(2, new RunEnd("laptop", 1, 0, false, null, []), default);
        Assert.Null((await job.GetAsync(default)).MissedAt(silo.Time.GetUtcNow()));
    }

    [Fact]
    public async Task PlanAsync_WhenNothingChanged_WritesNothingAndWithdrawingEndsIt()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        var plan = Plan("laptop", silo.Time.GetUtcNow().AddHours(1).AddTicks(7));
        var version = (await job.PlanAsync(plan, default)).Version;
        Assert.Equal(version, (await job.PlanAsync(plan, default)).Version);
        await job.WithdrawPlanAsync("other", default);
        Assert.NotNull((await job.GetAsync(default)).Plan);

        // One that never ran is gone with its plan, and can come again; one that ran stays.
        await job.WithdrawPlanAsync("laptop", default);
        await RefusedAsync(RefusalReason.NotFound, () => job.GetAsync(default));
        await job.WithdrawPlanAsync("laptop", default);
        Assert.Empty((await silo.Grains.GetGrain<IDirectory>("directory").ListJobsAsync("acme", new(0, 10, null), default)).Items);
        Assert.Equal(1, (await job.PlanAsync(plan, default)).Version);
        await job.OpenRunAsync(Open("laptop"), default);
        await job.WithdrawPlanAsync("laptop", default);
        Assert.Null((await job.GetAsync(default)).Plan);
    }

    [Fact]
    public async Task PlanAsync_WhenTheServiceWentOnAndNoRunBegan_MakesItMissedAfterAWhile()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        var due = silo.Time.GetUtcNow().AddMinutes(1);
        await job.PlanAsync(Plan("laptop", due), default);
        silo.Time.Advance(TimeSpan.FromSeconds(59));
        await job.PlanAsync(Plan("laptop", due.AddDays(1)), default);
        silo.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Null((await job.GetAsync(default)).MissedAt(silo.Time.GetUtcNow()));
        Assert.Equal(0, await MissedAsync(silo));
        silo.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((due, 1), ((await job.GetAsync(default)).MissedAt(silo.Time.GetUtcNow()), await MissedAsync(silo)));

        // The run that was begun all the same, or the next one, takes it away.
        await BackAsync(silo);
        await job.OpenRunAsync(Open("laptop"), default);
        await job.FinishRunAsync(1, new RunEnd("laptop", 1, 0, false, null, []), default);
        Assert.Equal((null, 0), ((await job.GetAsync(default)).MissedAt(silo.Time.GetUtcNow()), await MissedAsync(silo)));
    }

    [Fact]
    public async Task MissedAt_WhenARunEndedBeforeTheTime_IsThatTimeInListAndJob()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        var due = silo.Time.GetUtcNow().AddMinutes(5);
        await job.PlanAsync(Plan("laptop", due), default);
        await job.OpenRunAsync(Open("laptop"), default);
        await job.FinishRunAsync(1, new RunEnd("laptop", 1, 0, false, null, []), default);

        silo.Time.Advance(TimeSpan.FromMinutes(16));

        var late = await job.GetAsync(default);
        Assert.Equal((due, null, 1), (late.MissedAt(silo.Time.GetUtcNow()), late.MissedWhy(silo.Time.GetUtcNow()), await MissedAsync(silo)));
    }

    [Fact]
    public async Task Sweep_WhenTheConnectorWasRevoked_WithdrawsItsPlansAndNoOthers()
    {
        await using var silo = await ReadyAsync();
        var (theirs, other) = (silo.Job("acme", "nightly"), silo.Job("acme", "hourly"));
        await theirs.OpenRunAsync(Open("laptop"), default);
        await theirs.FinishRunAsync(1, new RunEnd("laptop", 1, 0, false, null, []), default);
        await theirs.PlanAsync(Plan("laptop", silo.Time.GetUtcNow().AddHours(1)), default);
        await other.PlanAsync(Plan("desk", silo.Time.GetUtcNow().AddHours(1)), default);
        await silo.Tenant("acme").RevokeConnectorAsync("laptop", default);

        await silo.Sweeper.SweepAsync(default);

        Assert.Null((await theirs.GetAsync(default)).Plan);
        Assert.NotNull((await other.GetAsync(default)).Plan);
        silo.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(1, await MissedAsync(silo));
    }

    [Fact]
    public async Task PlanAsync_OfWhatCannotBe_IsRefused()
    {
        await using var silo = await ReadyAsync();
        var now = silo.Time.GetUtcNow();
        var job = silo.Job("acme", "nightly");
        await RefusedAsync(RefusalReason.NoQuota, () => job.PlanAsync(Plan("laptop", now.AddHours(1)) with { Repository = "elsewhere" }, default));
        await job.PlanAsync(Plan("laptop", now.AddHours(1)), default);
        await RefusedAsync(RefusalReason.RunClosed, () => job.PlanAsync(Plan("desk", now.AddHours(1)), default));

        // One that let its time pass gives the name free: the machine may have been enrolled anew.
        silo.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal("desk", (await job.PlanAsync(Plan("desk", now.AddHours(3)), default)).Plan!.Connector);
    }

    [Fact]
    public async Task CancelOwnAsync_OfAnothersRun_IsRefused()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        await job.OpenRunAsync(Open("laptop"), default);
        await RefusedAsync(RefusalReason.RunClosed, () => job.CancelOwnAsync("desk", default));
        Assert.Null((await job.GetAsync(default)).Runs[0].CancelAsked);
        Assert.NotNull((await job.CancelOwnAsync("laptop", default)).Runs[0].CancelAsked);
        Assert.True((await job.ReportProgressAsync(1, Progress(), default)).Stop);
        await job.FinishRunAsync(1, new RunEnd("laptop", 1, 130, true, null, []), default);
        await RefusedAsync(RefusalReason.RunClosed, () => job.CancelOwnAsync("laptop", default));
    }

    private static async Task<int> MissedAsync(SiloWorld silo) => (await silo.Grains.GetGrain<IDirectory>("directory").ListJobsAsync("acme", new(0, 10, null, Filter: "missed"), default)).Total;

    private static async Task<SiloWorld> ReadyAsync()
    {
        var silo = await StartAsync();
        await silo.AddRepositoryAsync("rep1");
        await silo.AddGatewayAsync("gtw1", 1);
        await silo.AddTenantAsync("acme", "rep1", "laptop");
        return silo;
    }

    // Heard again: a run finds its gateway.
    private static Task BackAsync(SiloWorld silo) => silo.HeardAsync("gtw1");

    private static RunProgress Progress() => new("laptop", 1, false, 0, []);

    private static PlanJob Plan(string connector, DateTimeOffset next) => new(connector, JobMode.Copy, "rep1", "30 2 * * *", next, null, null);
}
