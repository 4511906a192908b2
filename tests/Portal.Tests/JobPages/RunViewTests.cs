using Headgate.Portal.Provider.Jobs;

namespace Headgate.Portal.Tests.JobPages;

public sealed class RunViewTests
{
    private static readonly DateTimeOffset s_start = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);

    private static readonly RunInfo s_run = new(
        4, RunStatus.Failed, "desk-a", "restic backup", s_start, s_start.AddMinutes(7), "Repository <b>full</b>", null,
        [
            new AttemptInfo(1, s_start, s_start.AddMinutes(2), 1, "gateway gtw1 went", [new PathStep("gtw1", 5, 3 << 20, 10), new PathStep("gtw2", 2, 1 << 20, 0, PathReason.Silent, "gtw1")]),
            new AttemptInfo(2, s_start.AddMinutes(3), s_start.AddMinutes(7), null, null, []),
        ]);

    [Fact]
    public async Task Show_WhenARunTookTwoAttempts_SaysReasonsCodesAndPath()
    {
        await using var host = await PageHost.StartAsync();
        await using var visitor = await host.SignInAsync();
        var page = await visitor.RenderAsync<RunView>(new() { ["Run"] = s_run, ["IsOpen"] = true });
        var shown = await page.UntilAsync("2 attempts");
        Assert.Contains("Repository <b>full</b>", shown.Text);
        Assert.Contains("4 MiB sent, 10 B received", shown.Text);
        Assert.Contains("Attempt 1 exit code 1, took 2 min", shown.Text);
        Assert.Contains("gateway gtw1 went", shown.Text);
        Assert.Contains("gtw1 5 3 MiB 10 B gtw2", shown.Text);
        Assert.Contains("moved here when gtw1 fell silent 2 1 MiB 0 B", shown.Text);
        Assert.Contains("Attempt 2 no exit code, took 4 min It went over no gateway.", shown.Text);
        Assert.Contains(shown.All, element => element.Name == "a" && element["href"] == "/gateways/gtw2");
    }

    [Fact]
    public async Task Show_WhenStreamsWereResumed_SaysHowOftenAndHowLong()
    {
        await using var host = await PageHost.StartAsync();
        await using var visitor = await host.SignInAsync();
        var attempt = s_run.Attempts[0] with { Gaps = new StreamGaps(3, 2010, 1700) };
        var page = await visitor.RenderAsync<RunView>(new() { ["Run"] = s_run with { Status = RunStatus.Resumed, Ended = null, Reason = null, Attempts = [attempt] }, ["IsOpen"] = true });
        var shown = await page.UntilAsync("1 attempt");
        Assert.Contains("Resumed", shown.Text);
        Assert.Contains("3 times; 2.01 s without a connection, 1.7 s at the longest", shown.Text);
        Assert.Contains("took 2 min, 34.1 KiB/s", shown.Text);
    }

    [Fact]
    public void Summary_WhenAttemptsWentOverSeveralGateways_NamesEachOnceInOrder()
    {
        Assert.Equal("gtw1 → gtw2", Paths.Summary(s_run));
        Assert.Equal("", Paths.Summary(null));
        var many = s_run with { Attempts = [s_run.Attempts[0] with { Path = [.. Enumerable.Range(1, 6).Select(i => new PathStep($"g{i}", 1, 1, 1))] }] };
        Assert.Equal("g1 → g2 → g3 → g4 → 2 more", Paths.Summary(many));
    }
}
