using System.Diagnostics;
using Headgate.EndToEnd.Tests.Copy;
using Headgate.EndToEnd.Tests.Faults;

namespace Headgate.EndToEnd.Tests.Resume;

/// <summary>The silo goes away and comes back under a copy run.</summary>
public sealed class SiloAwayTests
{
    private const int Bytes = 40 << 20;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Copy_WhileTheSiloIsAway_BytesFlowAndTheRunIsRecordedWholeAfterwards(bool kill)
    {
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 8, bytesEach: Bytes / 8);

        // Slow until all was done that is to be done to it.
        (await world.AdminAsync("tenant", "set", tenant.Id, "--bandwidth", "800 kB/s")).Succeeded();
        var carrier = await Carrier.WatchAsync(world);
        await using var run = desk.StartRun("nightly", ["backup", source], CopyRun.Once);
        var first = await carrier.PastAsync(1 << 20, run);
        if (kill)
        {
            await world.Server.KillAsync();
        }
        else
        {
            Assert.Equal(0, await world.Server.StopAsync());
        }

        var before = await carrier.BytesUpAsync(first);
        await Tool.UntilAsync(
            async () => await carrier.BytesUpAsync(first) > before + (4 << 20), "bytes to flow while the silo is away", () => run.Said, TimeSpan.FromMinutes(1));
        Assert.False(run.HasEnded, run.Said);

        await world.Server.StartAsync();
        Assert.Contains(Jobs.StatusOf(await Jobs.LastRunAsync(tenant, "nightly")), new[] { "RUNNING", "RESUMED" });

        // What the silo kept is worth something only when a gateway can go by it: the other one has to ask for the run's route.
        Assert.False(run.HasEnded, run.Said);
        await world[first].KillAsync();
        await run.UntilSaysAsync($" moved from {first} to ", TimeSpan.FromMinutes(1));
        (await world.AdminAsync("tenant", "set", tenant.Id, "--bandwidth", "none")).Succeeded();
        var finished = await run.EndAsync();
        await CopyRun.UnnoticedAsync(finished, world, tenant, "nightly");
        var second = world.GatewayNames.Single(name => name != first);
        var recorded = await Jobs.LastRunAsync(tenant, "nightly");
        var attempt = Assert.Single(Jobs.AttemptsOf(recorded));
        Assert.Equal(new[] { first, second }.Order(), Jobs.PathOf(recorded).Order());
        Assert.Matches("^[0-9a-f]{64}$", Jobs.SnapshotOf(recorded));
        Assert.InRange(attempt.GetProperty("gaps").GetProperty("resumes").GetInt32(), 1, 100);
        Assert.True(attempt.GetProperty("path").EnumerateArray().Sum(step => step.GetProperty("bytesUp").GetInt64()) >= Bytes, attempt.ToString());
        await CopyRun.SameAsync(tenant, desk, source);
    }

    [Fact]
    public async Task Copy_WhenItEndsWhileTheSiloIsAway_IsRecordedWithItsSnapshotOnceTheSiloIsBack()
    {
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 4, bytesEach: 4 << 20);
        var carrier = await Carrier.WatchAsync(world);
        await using var run = desk.StartRun("nightly", ["backup", "--limit-upload", "2048", source], CopyRun.Once);
        await carrier.PastAsync(2 << 20, run);
        await world.Server.KillAsync();
        await run.UntilSaysAsync(" saved", TimeSpan.FromMinutes(1));

        // Long enough for who tries again to have got used to long pauses.
        var saved = Stopwatch.StartNew();
        await Tool.UntilAsync(() => saved.Elapsed > TimeSpan.FromSeconds(15), "15 s without the silo");
        Assert.False(run.HasEnded, run.Said);
        await world.Server.StartAsync();

        var finished = await run.EndAsync();
        await CopyRun.UnnoticedAsync(finished, world, tenant, "nightly");
        var recorded = await Jobs.LastRunAsync(tenant, "nightly");
        var snapshot = Jobs.SnapshotOf(recorded)!;
        Assert.Contains($"snapshot {snapshot[..8]} saved", finished.Output, StringComparison.Ordinal);
        Assert.Contains($"run 1 of job nightly succeeded: snapshot {snapshot[..8]}", finished.Error, StringComparison.Ordinal);
        await CopyRun.SameAsync(tenant, desk, source);
    }
}
