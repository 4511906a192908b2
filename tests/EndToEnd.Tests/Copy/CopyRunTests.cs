using System.Text.RegularExpressions;
using Headgate.EndToEnd.Tests.Faults;

namespace Headgate.EndToEnd.Tests.Copy;

/// <summary>Copy runs whose gateway dies, or stands still and goes on: the tool notices nothing.</summary>
public sealed class CopyRunTests
{
    [Fact]
    public async Task Copy_WhenItsGatewayIsKilled_GoesOnOverTheOtherAndResticNoticesNothing()
    {
        const int Bytes = 64 << 20;
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 8, bytesEach: Bytes / 8);
        var carrier = await Carrier.WatchAsync(world);
        await using var run = desk.StartRun("nightly", ["backup", "--limit-upload", "8192", source], CopyRun.Once);
        var victim = await carrier.PastAsync(Bytes / 5, run);
        await world[victim].KillAsync();
        var finished = await run.EndAsync();
        await CopyRun.UnnoticedAsync(finished, world, tenant, "nightly");

        var survivor = world.GatewayNames.Single(name => name != victim);
        Assert.Contains(CopyRun.MovesIn(finished), line => Regex.IsMatch(line, $"^headgate: run 1 of job nightly moved from {victim} to {survivor} after a gap of [0-9]+[.][0-9] s$"));
        var recorded = await Jobs.LastRunAsync(tenant, "nightly");
        Assert.Equal(new[] { victim, survivor }.Order(), Jobs.PathOf(recorded).Order());
        var gaps = Jobs.AttemptsOf(recorded)[0].GetProperty("gaps");
        Assert.InRange(gaps.GetProperty("resumes").GetInt32(), 1, 100);
        Assert.InRange(gaps.GetProperty("longestMilliseconds").GetInt64(), 0, gaps.GetProperty("milliseconds").GetInt64());
        await CopyRun.SameAsync(tenant, desk, source);
        (await desk.RunAsync("check", ["check", "--read-data"])).Succeeded();
        Assert.Empty(Storage.Temporary(world));
    }

    [Fact]
    public async Task Copy_WhenItsGatewayStandsStillAndGoesOnLater_IsNotDisturbedByWhatThatHeld()
    {
        const int Bytes = 96 << 20;
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 8, bytesEach: Bytes / 8);
        var carrier = await Carrier.WatchAsync(world);
        await using var run = desk.StartRun("nightly", ["backup", "--limit-upload", "8192", source], CopyRun.Once);
        var victim = await carrier.PastAsync(Bytes / 8, run);
        world[victim].Freeze();
        var survivor = world.GatewayNames.Single(name => name != victim);
        await Tool.UntilAsync(async () => await carrier.BytesUpAsync(survivor) > Bytes / 4, "the other gateway to carry it", () => run.Said, TimeSpan.FromMinutes(1));
        world[victim].Thaw();
        await CopyRun.UnnoticedAsync(await run.EndAsync(), world, tenant, "nightly");
        await CopyRun.SameAsync(tenant, desk, source);
        (await desk.RunAsync("check", ["check", "--read-data"])).Succeeded();
    }
}
