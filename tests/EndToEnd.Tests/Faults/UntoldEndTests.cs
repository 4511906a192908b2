using System.Text.Json;

namespace Headgate.EndToEnd.Tests.Faults;

/// <summary>The silo is away when a tool ends, and the connector is killed before it can say so.</summary>
public sealed class UntoldEndTests
{
    [Fact]
    public async Task Run_WhenItsEndCouldNotBeTold_IsWhatItWasOnceTheJobRunsAgain()
    {
        await using var world = await World.StartAsync(gateways: 1);
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 6, bytesEach: 1 << 20);
        var ends = Path.Combine(desk.Environment["HEADGATE_DATA"]!, "ends");
        var carrier = await Carrier.WatchAsync(world);
        await using var run = desk.StartRun("nightly", ["backup", "--limit-upload", "768", source], ["--kind", "backup"]);
        await carrier.PastAsync(1 << 20, run);
        var tool = Assert.Single(run.Children());
        await world.Server.KillAsync();

        // It is kept before it is told, and the silo is not there to be told.
        string[] Kept() => Directory.Exists(ends) ? [.. Directory.GetFiles(ends, "*.json").Select(file => Path.GetFileName(file)!)] : [];
        await Tool.UntilAsync(() => Kept() is [var end] && KnowsCode(Path.Combine(ends, end)), "the end to be kept", () => run.Said, TimeSpan.FromMinutes(1));
        Assert.False(Directory.Exists($"/proc/{tool}"), "restic goes on.");
        Assert.False(run.HasEnded, run.Said);
        run.Kill();
        await run.EndAsync();
        Assert.Equal(["nightly-1.json"], Kept());

        await world.Server.StartAsync();
        var back = DateTimeOffset.UtcNow;
        await Tool.UntilAsync(
            async () => Jobs.SnapshotOf(Jobs.Run(await tenant.JobAsync("nightly"), 1)) is { Length: > 0 },
            "the repository to tell of the snapshot",
            () => world.Logs,
            every: TimeSpan.FromMilliseconds(400));
        var next = (await desk.RunAsync("nightly", ["backup", source], ["--kind", "backup", "--retries", "30"])).Succeeded();

        Assert.Contains("run 1 of job nightly succeeded: the service provider was told late.", next.Error, StringComparison.Ordinal);
        Assert.Empty(Kept());
        var job = await tenant.JobAsync("nightly");
        Assert.True(Jobs.StatusOf(Jobs.Run(job, 1)) == "SUCCEEDED" && Jobs.StatusOf(Jobs.Run(job, 2)) == "SUCCEEDED", job.ToString());
        Assert.Equal(2, job.GetProperty("runs").GetArrayLength());
        Assert.Matches("^[0-9a-f]{64}$", Jobs.SnapshotOf(Jobs.Run(job, 1)));
        Assert.Equal(0, Assert.Single(Jobs.AttemptsOf(Jobs.Run(job, 1))).GetProperty("exitCode").GetInt32());

        // It ended when its tool did, not when that was told.
        Assert.True(Jobs.Run(job, 1).GetProperty("ended").GetDateTimeOffset() < back, job.ToString());
    }

    // Before its tool ended it says what to tell if the run is killed.
    private static bool KnowsCode(string end)
    {
        using var kept = JsonDocument.Parse(File.ReadAllText(end));
        return kept.RootElement.GetProperty("request").GetProperty("exitCode").ValueKind == JsonValueKind.Number;
    }
}
