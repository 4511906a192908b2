using System.Diagnostics;
using System.Text.Json;

namespace Headgate.EndToEnd.Tests.Faults;

/// <summary>The silo goes away and comes back while tenants back up.</summary>
public sealed class SiloRestartTests
{
    private const int Bytes = 32 << 20;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Backup_WhenTheSiloIsRestarted_GoesOnInItsAttemptAndItsRecordIsWhole(bool kill)
    {
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 8, bytesEach: Bytes / 8);
        await SlowAsync(tenant);
        var carrier = await Carrier.WatchAsync(world);
        await using var run = desk.StartRun("nightly", ["backup", source], ["--kind", "backup"]);
        var gateway = await carrier.PastAsync(1 << 20, run);
        if (kill)
        {
            await world.Server.KillAsync();
        }
        else
        {
            Assert.Equal(0, await world.Server.StopAsync());
        }

        await world.Server.StartAsync();
        Assert.False(run.HasEnded, run.Said);
        Assert.Equal("RUNNING", Jobs.StatusOf(await Jobs.LastRunAsync(tenant, "nightly")));
        await FastAsync(tenant);
        var finished = (await run.EndAsync()).Succeeded();

        AssertWhole(await Jobs.LastRunAsync(tenant, "nightly"), gateway, finished);
        Assert.Contains("succeeded", finished.Error, StringComparison.Ordinal);
        (await desk.RunAsync("check", ["check", "--read-data"])).Succeeded();
    }

    [Fact]
    public async Task Runs_WhenTheSiloIsAway_OpenOnesGoOnAndNewOnesWaitAndSaySo()
    {
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme");
        var (desk, other) = (await tenant.EnrolAsync("desk"), await tenant.EnrolAsync("other"));
        await desk.InitAsync();
        await other.InitAsync();
        var source = await desk.FilesAsync("source", files: 18, bytesEach: 3 << 20);
        var small = await other.FilesAsync("source", files: 2, bytesEach: 100_000);
        await SlowAsync(tenant);
        var carrier = await Carrier.WatchAsync(world);
        await using var open = desk.StartRun("nightly", ["backup", source], ["--kind", "backup"]);
        var gateway = await carrier.PastAsync(2 << 20, open);

        Assert.Equal(0, await world.Server.StopAsync());
        var away = Stopwatch.StartNew();
        var carriedBefore = await carrier.BytesUpAsync(gateway);
        await using var waiting = other.StartRun("other", ["backup", small], ["--retries", "60"]);
        await waiting.UntilSaysAsync("No gateway answers");
        await waiting.UntilSaysAsync("Retry 1 of 60");
        await Tool.UntilAsync(() => away.Elapsed > TimeSpan.FromSeconds(20), "20 s without the silo", deadline: TimeSpan.FromSeconds(40));
        await Tool.UntilAsync(
            async () => await carrier.BytesUpAsync(gateway) > carriedBefore + (4 << 20), "the open run to go on", () => open.Said, TimeSpan.FromMinutes(1));
        Assert.False(open.HasEnded, open.Said);
        Assert.False(waiting.HasEnded, waiting.Said);

        await world.Server.StartAsync();
        await FastAsync(tenant);
        (await waiting.EndAsync()).Succeeded();
        var finished = (await open.EndAsync()).Succeeded();
        AssertWhole(await Jobs.LastRunAsync(tenant, "nightly"), gateway, finished);
        Assert.Equal("SUCCEEDED", Jobs.StatusOf(await Jobs.LastRunAsync(tenant, "other")));
        (await desk.RunAsync("check", ["check", "--read-data"])).Succeeded();
    }

    /// <summary>At the gateways, which keep to it while the silo is away: a run goes on until all was done that is to be done to it.</summary>
    private static async Task SlowAsync(Tenant tenant) =>
        (await tenant.World.AdminAsync("tenant", "set", tenant.Id, "--bandwidth", "800 kB/s")).Succeeded();

    private static async Task FastAsync(Tenant tenant) =>
        (await tenant.World.AdminAsync("tenant", "set", tenant.Id, "--bandwidth", "none")).Succeeded();

    /// <summary>One attempt, over that gateway alone, with all its bytes, ended by a snapshot.</summary>
    private static void AssertWhole(JsonElement run, string gateway, Finished finished)
    {
        Assert.True(Jobs.StatusOf(run) == "SUCCEEDED", $"{run}\n{finished.Error}");
        Assert.Matches("^[0-9a-f]{64}$", Jobs.SnapshotOf(run));
        var attempt = Assert.Single(Jobs.AttemptsOf(run));
        Assert.Equal(1, attempt.GetProperty("attempt").GetInt32());
        Assert.Equal(0, attempt.GetProperty("exitCode").GetInt32());
        Assert.Equal([gateway], Jobs.PathOf(run));
        Assert.True(attempt.GetProperty("path")[0].GetProperty("bytesUp").GetInt64() >= Bytes, attempt.ToString());
    }
}
