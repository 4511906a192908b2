using Headgate.Grains;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains.Drills;

public sealed class DrillGrainTests
{
    private static readonly StartDrill s_request = new("rep1", "default");
    private static readonly DrillReport s_report = new(7, "gtw1", ["gtw2", "gtw3"], 4, 5, 120, 310, 20, 10 << 20, 19, 1);

    [Fact]
    public async Task GetAsync_BeforeTheFirst_IsEmpty()
    {
        await using var silo = await ReadyAsync();
        Assert.Equal((null, 0, 0), ((await silo.Grains.Drills().GetAsync(default)) is { Schedule: var schedule, Drills: var drills, Version: var version } ? (schedule, drills.Length, version) : default));
    }

    [Fact]
    public async Task Drill_FromStartToEnd_IsKeptWithEveryFigure()
    {
        await using var first = await ReadyAsync();
        CallContext.Act("ada", isProvider: true);
        var drills = first.Grains.Drills();
        var asked = await drills.StartAsync(s_request, default);
        var taken = await drills.TakeAsync("one", default);
        var isMine = await drills.ReportAsync(1, "one", "Uploads.", default);
        var shown = (await drills.GetAsync(default)).Open()!;
        first.Time.Advance(TimeSpan.FromSeconds(12));
        await drills.EndAsync(1, "one", DrillState.Failed, "It went wrong.", s_report, default);

        await using var silo = await first.BesideAsync();
        var kept = Assert.Single((await silo.Grains.Drills().GetAsync(default)).Drills);
        Assert.Equal((1L, DrillState.Waiting, "ada"), (asked.Number, asked.State, asked.AskedBy));
        Assert.Equal((1L, DrillState.Running), (taken!.Number, taken.State));
        Assert.True(isMine);
        Assert.Equal("Uploads.", shown.Sentence);
        Assert.Equal((DrillState.Failed, "It went wrong.", TimeSpan.FromSeconds(12)), (kept.State, kept.Sentence, kept.Ended - kept.Started));
        Assert.Equivalent(s_report, kept.Report);
        Assert.Equal(["drill-ended", "drill-started"], (await silo.AuditAsync("drill-started")).Concat(await silo.AuditAsync("drill-ended")).Select(row => row.Kind).Order());
        Assert.Contains((await silo.Grains.GetGrain<IChangeLog>("all").ReadAsync(0, default)).Changes, change => change is { Kind: SubjectKind.Drills, Key: "drills" });
    }

    [Fact]
    public async Task StartAsync_WhileOneIsOpen_Refuses()
    {
        await using var silo = await ReadyAsync();
        await silo.Grains.Drills().StartAsync(s_request, default);
        await RefusedAsync(RefusalReason.Exists, () => silo.Grains.Drills().StartAsync(s_request, default));
        await silo.Grains.Drills().TakeAsync("one", default);
        var refused = await RefusedAsync(RefusalReason.Exists, () => silo.Grains.Drills().StartAsync(s_request, default));
        Assert.Contains("Drill 1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_WhenItCannotBe_Refuses()
    {
        await using var silo = await ReadyAsync();
        var drills = silo.Grains.Drills();
        await RefusedAsync(RefusalReason.NotFound, () => drills.StartAsync(new StartDrill("nowhere", "default"), default));
        await RefusedAsync(RefusalReason.Invalid, () => drills.StartAsync(new StartDrill("rep1", "Not a pool"), default));
        CallContext.Act("acme-admin", isProvider: false);
        await RefusedAsync(RefusalReason.NeedsProvider, () => drills.StartAsync(s_request, default));
        await RefusedAsync(RefusalReason.NeedsProvider, () => drills.ScheduleAsync(null, default));
        Assert.Empty((await drills.GetAsync(default)).Drills);
    }

    [Fact]
    public async Task TakeAsync_WhenTheRunnerFellSilent_EndsItAsInterruptedAndNotBefore()
    {
        await using var silo = await ReadyAsync();
        var drills = silo.Grains.Drills();
        await drills.StartAsync(s_request, default);
        await drills.TakeAsync("one", default);
        silo.Time.Advance(TimeSpan.FromSeconds(14));
        Assert.True(await drills.ReportAsync(1, "one", "Uploads.", default));
        silo.Time.Advance(TimeSpan.FromSeconds(14));
        Assert.Null(await drills.TakeAsync("two", default));
        Assert.Equal(DrillState.Running, (await drills.GetAsync(default)).Drills[0].State);
        silo.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await drills.TakeAsync("two", default));

        Assert.Equal(DrillState.Interrupted, (await drills.GetAsync(default)).Drills[0].State);
        Assert.False(await drills.ReportAsync(1, "one", "Uploads.", default));
        await drills.EndAsync(1, "one", DrillState.Passed, "It passed after all.", s_report, default);
        Assert.Equal(DrillState.Interrupted, (await drills.GetAsync(default)).Drills[0].State);
        await drills.StartAsync(s_request, default);
        Assert.Equal(2, (await drills.TakeAsync("two", default))!.Number);
    }

    [Fact]
    public async Task TakeAsync_WhenTheRunnerLostItsDrill_EndsItAtOnce()
    {
        await using var silo = await ReadyAsync();
        var drills = silo.Grains.Drills();
        await drills.StartAsync(s_request, default);
        await drills.TakeAsync("one", default);

        Assert.Null(await drills.TakeAsync("one", default));

        Assert.Equal(DrillState.Interrupted, (await drills.GetAsync(default)).Drills[0].State);
        await drills.StartAsync(s_request, default);
        Assert.Equal(2, (await drills.TakeAsync("one", default))!.Number);
    }

    [Fact]
    public async Task StartDueAsync_WhenTwoServersDo_StartsOneDrill()
    {
        await using var silo = await ReadyAsync();
        var drills = silo.Grains.Drills();
        var due = silo.Time.GetUtcNow().AddHours(1);
        await drills.ScheduleAsync(new DrillSchedule("0 3 * * *", "rep1", "default", due), default);
        Assert.True(await drills.StartDueAsync(due, due.AddDays(1), default));
        Assert.False(await drills.StartDueAsync(due, due.AddDays(1), default));
        // The next one comes while that one goes on: only the time moves on.
        Assert.True(await drills.StartDueAsync(due.AddDays(1), due.AddDays(2), default));

        var book = await drills.GetAsync(default);
        Assert.Equal((due.AddDays(2), "schedule"), (book.Schedule!.Due, Assert.Single(book.Drills).AskedBy));
        Assert.Single(await silo.AuditAsync("drill-started"));
        await drills.ScheduleAsync(null, default);
        Assert.False(await drills.StartDueAsync(due.AddDays(2), null, default));
    }

    [Fact]
    public async Task Drills_WhenTheyAreMany_TheLastHundredAreKept()
    {
        await using var silo = await ReadyAsync();
        var drills = silo.Grains.Drills();
        for (var number = 1; number <= 101; number++)
        {
            await drills.StartAsync(s_request, default);
            await drills.TakeAsync("one", default);
            await drills.EndAsync(number, "one", DrillState.NotPossible, "One gateway only.", null, default);
        }

        await using var again = await silo.BesideAsync();
        var kept = (await again.Grains.Drills().GetAsync(default)).Drills;
        Assert.Equal((100, 101L, 2L), (kept.Length, kept[0].Number, kept[^1].Number));
    }

    private static async Task<SiloWorld> ReadyAsync()
    {
        var silo = await StartAsync();
        await silo.AddRepositoryAsync("rep1");
        CallContext.Act("silo", isProvider: true);
        return silo;
    }
}
