namespace Headgate.Portal.Tests.Drills;

public sealed class DrillPagesTests
{
    private static readonly DrillReport s_report = new(3, "gtw1", ["gtw2"], 4, 4, 240, 410, 32, 16 << 20, 32, 0);

    [Fact]
    public async Task Start_WhenAsked_ShowsTheDrillFromWaitingToItsResult()
    {
        await using var host = await ReadyAsync();
        var page = await (await host.SignInAsync("ada")).OpenAsync("/drills");
        await page.UntilAsync("No drill yet");
        await page.ClickAsync("Start a drill");
        await page.ClickAsync("Start it now");
        await page.UntilAsync("Waits for a server to begin it");

        var drills = host.Grains.Drills();
        await drills.TakeAsync("one", default);
        await drills.ReportAsync(1, "one", "Waits for the streams to leave gtw1.", default);
        host.Silo.Time.Advance(TimeSpan.FromSeconds(2));
        await page.UntilAsync("Waits for the streams to leave gtw1.");
        await drills.EndAsync(1, "one", DrillState.Passed, "The run moved from gtw1 to gtw2 within 0.41 s.", s_report, default);

        var shown = await page.UntilAsync("The run moved from gtw1 to gtw2 within 0.41 s.");
        Assert.Contains("Passed", shown.Text, StringComparison.Ordinal);
        Assert.Contains("0.24 s", shown.Text, StringComparison.Ordinal);
        Assert.Contains("asked for by ada", shown.Text, StringComparison.Ordinal);
        Assert.Contains(shown.All, element => element["href"] == "/jobs/failover-drills/drill");
        Assert.Contains(shown.All, element => element.Name == "button" && element.Text.Contains("Start a drill", StringComparison.Ordinal));
        Assert.Equal(("rep1", "default", "ada"), (await drills.GetAsync(default)).Drills[0] is var kept ? (kept.Repository, kept.Pool, kept.AskedBy) : default);
    }

    [Fact]
    public async Task Start_WhenSomebodyElseDid_SaysSo()
    {
        await using var host = await ReadyAsync();
        var page = await (await host.SignInAsync()).OpenAsync("/drills");
        await page.UntilAsync("No drill yet");
        await page.ClickAsync("Start a drill");
        await host.Grains.Drills().StartAsync(new StartDrill("rep1", "default"), default);
        await page.ClickAsync("Start it now");
        await page.UntilAsync("Drill 1, asked for by");
    }

    [Fact]
    public async Task Schedule_WhenSetChangedAndEnded_FollowsIt()
    {
        await using var host = await ReadyAsync();
        var page = await (await host.SignInAsync("ada")).OpenAsync("/drills");
        await page.ClickAsync("Make one");
        await page.SetAsync("When, as a cron expression", "nonsense");
        await page.ClickAsync("Store");
        await page.UntilAsync("it has not five fields");
        await page.SetAsync("When, as a cron expression", "30 5 * * 2");
        await page.ClickAsync("Store");
        await page.UntilAsync("30 5 * * 2");
        var stored = (await host.Grains.Drills().GetAsync(default)).Schedule!;
        Assert.Equal(("30 5 * * 2", "rep1", "default", host.Silo.Time.GetUtcNow().AddDays(1)), (stored.Cron, stored.Repository, stored.Pool, stored.Due));
        Assert.Equal("ada", (await host.Silo.AuditAsync("drill-scheduled")).Single().Who);
    }

    [Fact]
    public async Task Form_WhileTheRepositoriesAreStillRead_CannotBeOpened()
    {
        await using var host = await ReadyAsync();
        var reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Calls.Before = (method, _) => method == "IDirectory.ListRepositoriesAsync" ? reading.Task : Task.CompletedTask;
        var page = await (await host.SignInAsync()).OpenAsync("/drills");
        var shown = await page.UntilAsync("No drill yet");
        Assert.All(["Start a drill", "Make one"], name => Assert.NotNull(shown.All.Single(element => element.Name == "button" && element.Label == name)["disabled"]));

        reading.SetResult();
        // A read that gave up meanwhile is tried again after a second.
        host.Silo.Time.Advance(TimeSpan.FromSeconds(2));
        await page.ClickAsync("Make one");
        await page.ClickAsync("Store");
        await page.UntilAsync("0 4 * * 1");
        Assert.Equal("rep1", (await host.Grains.Drills().GetAsync(default)).Schedule?.Repository);
    }

    [Fact]
    public async Task Dashboard_WhenTheLastDrillFailed_WarnsUntilOnePasses()
    {
        await using var host = await ReadyAsync();
        var drills = host.Grains.Drills();
        await DrillAsync(1, DrillState.Failed, "Of 4 streams 2 had gone on.");
        var page = await (await host.SignInAsync()).OpenAsync("/");
        var shown = await page.UntilAsync("The last failover drill failed");
        Assert.Contains("Of 4 streams 2 had gone on.", shown.Text, StringComparison.Ordinal);
        Assert.Contains(shown.All, element => element["href"] == "/drills" && element.Text == "All drills");
        await DrillAsync(2, DrillState.NotPossible, "A drill needs two gateways.");
        await page.UntilAsync("The last failover drill could not be carried out");
        await DrillAsync(3, DrillState.Passed, "It passed.");
        await page.UntilGoneAsync("The last failover drill");

        async Task DrillAsync(long number, DrillState state, string sentence)
        {
            await drills.StartAsync(new StartDrill("rep1", "default"), default);
            await drills.TakeAsync("one", default);
            await drills.EndAsync(number, "one", state, sentence, s_report, default);
        }
    }

    private static async Task<PageHost> ReadyAsync()
    {
        var host = await PageHost.StartAsync();
        await host.Silo.AddRepositoryAsync("rep1");
        CallContext.Act("silo", isProvider: true);
        return host;
    }
}
