using Headgate.EndToEnd.Tests.Copy;
using Headgate.EndToEnd.Tests.Faults;

namespace Headgate.EndToEnd.Tests.Resume;

/// <summary>
/// The repository is started anew under a copy run. Its sessions are gone with it: what was under way when it was killed is reset and restic tries it again by itself; what was
/// under way when it was asked to end is answered first. That it is killed under a backup is in <c>CopyOutageTests</c>.
/// </summary>
public sealed class RepositoryRestartTests
{
    private const int Bytes = 32 << 20;

    [Fact]
    public async Task Copy_WhenTheRepositoryIsRestartedInOrder_EndsInOneAttemptAndLosesNothing()
    {
        await using var world = await World.StartAsync();
        var (tenant, desk, source) = await PrepareAsync(world);
        var carrier = await Carrier.WatchAsync(world);
        await using var run = desk.StartRun("nightly", ["backup", "--limit-upload", "6144", source], CopyRun.Once);
        await carrier.PastAsync(Bytes / 4, run);
        Assert.Equal(0, await world["repo1"].StopAsync());
        await world["repo1"].StartAsync();
        (await run.EndAsync()).Succeeded();
        await AssertRecordedAsync(tenant, "nightly", "SUCCEEDED");
        Assert.Matches("^[0-9a-f]{64}$", Jobs.SnapshotOf(await Jobs.LastRunAsync(tenant, "nightly")));
        await CopyRun.SameAsync(tenant, desk, source);
        (await desk.RunAsync("check", ["check", "--read-data"], CopyRun.Once)).Succeeded();
        Assert.Empty(Storage.Temporary(world));
        await Storage.UsedIsTheRecountAsync(world, tenant);
    }

    [Fact]
    public async Task Restore_WhenTheRepositoryIsKilledTwice_EndsWithEveryByte()
    {
        await using var world = await World.StartAsync();
        var (tenant, desk, source) = await PrepareAsync(world);
        (await desk.RunAsync("nightly", ["backup", source], CopyRun.Once)).Succeeded();
        var target = Path.Combine(desk.Folder, "restored");

        // At the gateways, so that what has come down is not far ahead of what restic has read.
        (await world.AdminAsync("tenant", "set", tenant.Id, "--bandwidth", "2 MB/s")).Succeeded();
        var before = await BytesDownAsync(world);
        await using var run = desk.StartRun("restore", ["restore", "latest", "--target", target], CopyRun.Once);
        for (var killed = 1; killed <= 2; killed++)
        {
            var enough = Bytes * killed / 8;
            await Tool.UntilAsync(
                async () => await BytesDownAsync(world) - before >= enough, $"{enough} bytes to come down", () => run.Said, TimeSpan.FromMinutes(1));
            Assert.False(run.HasEnded, run.Said);
            await world["repo1"].KillAsync();
            await world["repo1"].StartAsync();
        }

        (await world.AdminAsync("tenant", "set", tenant.Id, "--bandwidth", "none")).Succeeded();
        var finished = (await run.EndAsync()).Succeeded();
        Assert.Contains("returned error, retrying after", finished.Error, StringComparison.Ordinal);
        Assert.Equal(await Machine.SumsAsync(source), await Machine.SumsAsync(target + source));
        await AssertRecordedAsync(tenant, "restore", "NOSNAPSHOT");
    }

    private static async Task<long> BytesDownAsync(World world)
    {
        var bytes = 0L;
        foreach (var gateway in world.GatewayNames)
        {
            bytes += (await world.GatewayStatusAsync(gateway)).GetProperty("bytesDown").GetInt64();
        }

        return bytes;
    }

    private static async Task AssertRecordedAsync(Tenant tenant, string job, string status)
    {
        var recorded = await Jobs.LastRunAsync(tenant, job);
        Assert.Equal(status, Jobs.StatusOf(recorded));
        Assert.Single(Jobs.AttemptsOf(recorded));
    }

    private static async Task<(Tenant Tenant, Machine Desk, string Source)> PrepareAsync(World world)
    {
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        return (tenant, desk, await desk.FilesAsync("source", files: 8, bytesEach: Bytes / 8));
    }
}
