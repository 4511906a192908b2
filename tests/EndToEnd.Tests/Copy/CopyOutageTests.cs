using Headgate.EndToEnd.Tests.Faults;

namespace Headgate.EndToEnd.Tests.Copy;

/// <summary>Copy runs while more than one gateway is away: all of them, the silo, the repository.</summary>
public sealed class CopyOutageTests
{
    private const int Bytes = 64 << 20;

    [Fact]
    public async Task Copy_WhileEveryGatewayAndTheSiloAreGone_WaitsAndResticNoticesNothing()
    {
        await using var world = await World.StartAsync();
        var (tenant, desk, source) = await PrepareAsync(world);
        var carrier = await Carrier.WatchAsync(world);
        await using var run = desk.StartRun("nightly", ["backup", "--limit-upload", "8192", source], CopyRun.Once);
        await carrier.PastAsync(Bytes / 8, run);
        foreach (var gateway in world.GatewayNames)
        {
            await world[gateway].KillAsync();
        }

        await world.Server.KillAsync();
        await world.Server.StartAsync();
        await world["gtw2"].StartAsync();
        await CopyRun.UnnoticedAsync(await run.EndAsync(), world, tenant, "nightly");
        await CopyRun.SameAsync(tenant, desk, source);
    }

    [Fact]
    public async Task Copy_WhenTheRepositoryIsKilledAndStartedAgain_IsTriedAgainByResticAndLosesNothing()
    {
        await using var world = await World.StartAsync();
        var (tenant, desk, source) = await PrepareAsync(world);
        var carrier = await Carrier.WatchAsync(world);
        await using var run = desk.StartRun("nightly", ["backup", "--limit-upload", "8192", source], CopyRun.Once);
        await carrier.PastAsync(Bytes / 8, run);
        await world["repo1"].KillAsync();
        await world["repo1"].StartAsync();
        var finished = (await run.EndAsync()).Succeeded();
        Assert.Contains("returned error, retrying after", finished.Error, StringComparison.Ordinal);
        Assert.Single(Jobs.AttemptsOf(await Jobs.LastRunAsync(tenant, "nightly")));
        await CopyRun.SameAsync(tenant, desk, source);
        (await desk.RunAsync("check", ["check", "--read-data"])).Succeeded();
    }

    private static async Task<(Tenant Tenant, Machine Desk, string Source)> PrepareAsync(World world)
    {
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        return (tenant, desk, await desk.FilesAsync("source", files: 8, bytesEach: Bytes / 8));
    }
}
