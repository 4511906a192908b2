using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Headgate.EndToEnd.Tests.Copy;
using Headgate.EndToEnd.Tests.Faults;

namespace Headgate.EndToEnd.Tests.Drills;

/// <summary>Failover drills with real programs: a run really moves, and it alone.</summary>
public sealed class DrillTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Drill_WithTwoGateways_MovesItsOwnRunAndNobodyElses()
    {
        const int Bytes = 48 << 20;
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 6, bytesEach: Bytes / 6);
        // A tenant's copy run goes on beside it, over one of the two.
        await using var run = desk.StartRun("nightly", ["backup", "--limit-upload", "2048", source], CopyRun.Once);

        (await world.AdminAsync("drill", "start")).Succeeded();
        var drill = await EndedAsync(world, 1);
        await CopyRun.UnnoticedAsync(await run.EndAsync(), world, tenant, "nightly");

        Assert.Equal("Passed", drill.GetProperty("state").GetString());
        var report = drill.GetProperty("report");
        var (from, to) = (report.GetProperty("from").GetString()!, report.GetProperty("to").EnumerateArray().Select(gateway => gateway.GetString()!).ToArray());
        Assert.Equal(world.GatewayNames.Where(name => name != from), to);

        // Four, but for one that was on the other gateway already.
        var streams = report.GetProperty("streams").GetInt32();
        Assert.InRange(streams, 1, 4);
        Assert.InRange(report.GetProperty("resumes").GetInt32(), streams, 40);
        Assert.InRange(report.GetProperty("longestGapMilliseconds").GetInt64(), 0, 30_000);
        Assert.InRange(report.GetProperty("objects").GetInt32(), 8, 1000);
        Assert.Equal(report.GetProperty("objects").GetInt32(), report.GetProperty("right").GetInt32());
        Assert.Equal(0, report.GetProperty("toolErrors").GetInt32());

        // The silo's record of the run says the same: both gateways carried it, and it was resumed.
        var recorded = await Jobs.LastRunAsync(new Tenant(world, "failover-drills"), "drill");
        Assert.Equal(to.Append(from).Order(), Jobs.PathOf(recorded).Order());
        Assert.All(Jobs.AttemptsOf(recorded)[0].GetProperty("path").EnumerateArray(), step => Assert.True(step.GetProperty("bytesUp").GetInt64() > 1 << 20));
        Assert.InRange(Jobs.AttemptsOf(recorded)[0].GetProperty("gaps").GetProperty("resumes").GetInt32(), streams, 40);

        // What it wrote is gone, and the tenant's run was not touched: no path of its was closed.
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(world.PathOf("repo1"), "storage", "tenants", "failover-drills"), "*", SearchOption.AllDirectories));
        var other = Jobs.AttemptsOf(await Jobs.LastRunAsync(tenant, "nightly"))[0].GetProperty("path").EnumerateArray().ToArray();
        Assert.NotEmpty(other);
        Assert.All(other, step => Assert.NotEqual("Closed", step.GetProperty("reason").GetString()));
        await CopyRun.SameAsync(tenant, desk, source);
    }

    [Fact]
    public async Task Drill_WithOneGateway_SaysWhyItIsNotPossible()
    {
        await using var world = await World.StartAsync(gateways: 1);
        (await world.AdminAsync("drill", "start")).Succeeded();
        var drill = await EndedAsync(world, 1);
        Assert.Equal("NotPossible", drill.GetProperty("state").GetString());
        Assert.Contains("needs two gateways of pool 'default'", drill.GetProperty("sentence").GetString(), StringComparison.Ordinal);
        Assert.Contains("one, gtw1", drill.GetProperty("sentence").GetString(), StringComparison.Ordinal);
        Assert.False(drill.TryGetProperty("report", out _));
    }

    [Fact]
    public async Task Drill_WhenTheOtherGatewayHasDied_Fails()
    {
        await using var world = await World.StartAsync();
        (await world.AdminAsync("drill", "start")).Succeeded();
        await UntilUploadsAsync(world);

        // Whichever of the two carries it: when its path is closed at the one that is left, there is no other.
        await world["gtw2"].KillAsync();
        var drill = await EndedAsync(world, 1);
        Assert.Equal("Failed", drill.GetProperty("state").GetString());
        Assert.Contains("after the path was closed at gtw", drill.GetProperty("sentence").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, drill.GetProperty("report").GetProperty("right").GetInt32());
        Assert.Equal("FAILED", Jobs.StatusOf(await Jobs.LastRunAsync(new Tenant(world, "failover-drills"), "drill")));
    }

    [Fact]
    public async Task Drill_WhenItsServerIsKilled_IsInterruptedAndTheNextScheduledOnePasses()
    {
        await using var world = await World.StartAsync();
        (await world.AdminAsync("drill", "start")).Succeeded();
        await UntilUploadsAsync(world);
        await world.Server.KillAsync();
        await world.Server.StartAsync();
        Assert.Equal("Interrupted", (await EndedAsync(world, 1)).GetProperty("state").GetString());

        // Objects of the interrupted one were left; each second a drill is due.
        (await world.AdminAsync("drill", "schedule", "--cron", "* * * * * ?")).Succeeded();
        await Tool.UntilAsync(async () => (await BookAsync(world)).GetProperty("drills").GetArrayLength() > 1, "the schedule to start one", () => world.Server.Log, s_patience);
        (await world.AdminAsync("drill", "schedule", "--off")).Succeeded();
        var drill = await EndedAsync(world, 2);
        Assert.Equal(("Passed", "schedule"), (drill.GetProperty("state").GetString(), drill.GetProperty("askedBy").GetString()));
        var refused = await world.AdminAsync("drill", "schedule", "--cron", "61 * * * *");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("'61 * * * *' cannot be a schedule", refused.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(world.PathOf("repo1"), "storage", "tenants", "failover-drills"), "*", SearchOption.AllDirectories));
    }

    private static Task<JsonElement> BookAsync(World world) => world.AdminJsonAsync("drill", "list");

    /// <summary>Waits until it uploads; 4 s later it closes the path. Asked without a process for each look.</summary>
    private static async Task UntilUploadsAsync(World world)
    {
        using var admin = new AdminSocketClient(world);
        await Tool.UntilAsync(
            async () => await admin.GetAsync("/v1/drills") is { } book && SentenceOf(book).StartsWith("Uploads over", StringComparison.Ordinal),
            "the drill to upload", () => world.Logs, s_patience);
    }

    private static string SentenceOf(JsonElement book) => book.GetProperty("drills")[0].TryGetProperty("sentence", out var sentence) ? sentence.GetString()! : "";

    private static async Task<JsonElement> EndedAsync(World world, long number)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var drills = (await BookAsync(world)).GetProperty("drills").EnumerateArray();
            var drill = drills.FirstOrDefault(known => known.GetProperty("number").GetInt64() == number);
            if (drill.ValueKind == JsonValueKind.Object && drill.TryGetProperty("ended", out _))
            {
                return drill;
            }

            Assert.True(clock.Elapsed < s_patience, string.Create(CultureInfo.InvariantCulture, $"Drill {number} is not over: {drill}\n{world.Logs}"));
            await Task.Delay(TimeSpan.FromMilliseconds(500));
        }
    }
}
