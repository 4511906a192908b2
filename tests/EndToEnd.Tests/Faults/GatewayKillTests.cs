using System.Globalization;

namespace Headgate.EndToEnd.Tests.Faults;

/// <summary>
/// Gateways that die while they carry a backup. <c>bench/faults/run</c> is the long form: it sets <c>HEADGATE_FAULT_ROUNDS</c> and
/// <c>HEADGATE_FAULT_MIB</c>.
/// </summary>
public sealed class GatewayKillTests
{
    private const int Files = 4;

    [Fact]
    public async Task Backup_WhenTheCarryingGatewayIsKilledEachTime_SucceedsAndEveryByteIsThere()
    {
        var rounds = FromEnvironment("HEADGATE_FAULT_ROUNDS", 10);
        var bytes = FromEnvironment("HEADGATE_FAULT_MIB", 40) << 20;
        var shares = new Random(7);
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme", "100GiB");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = "";
        for (var round = 1; round <= rounds; round++)
        {
            source = await desk.FilesAsync("source", Files, bytes / Files, seed: round);
            await KillOneAsync(world, tenant, desk, $"round-{round}", source, bytes, share: 0.1 + (0.3 * shares.NextDouble()));
        }

        var spare = await tenant.EnrolAsync("spare");
        var target = Path.Combine(spare.Folder, "restored");
        (await spare.RunAsync("restore", ["restore", "latest", "--target", target], ["--path", "/desk/"])).Succeeded();
        Assert.Equal(await Machine.SumsAsync(source), await Machine.SumsAsync(target + source));
        Assert.Empty(Storage.Temporary(world));
    }

    private static async Task KillOneAsync(World world, Tenant tenant, Machine desk, string job, string source, long bytes, double share)
    {
        var carrier = await Carrier.WatchAsync(world);
        await using var run = desk.StartRun(job, ["backup", "--quiet", "--limit-upload", "6144", source], ["--kind", "backup"]);
        var victim = await carrier.PastAsync((long)(bytes * share), run);
        await world[victim].KillAsync();
        var carried = await carrier.BytesUpAsync(victim);
        (await run.EndAsync()).Succeeded();

        // The kill is worth nothing unless the rest went over the other one.
        var survivor = world.GatewayNames.Single(name => name != victim);
        await Tool.UntilAsync(
            async () => carried + await carrier.BytesUpAsync(survivor) >= bytes,
            "both gateways' counters to add up to the backup",
            () => world.Logs);
        Assert.True(carried < bytes * 0.9, $"{victim} had carried {carried} of {bytes} bytes before it was killed.");

        var recorded = await Jobs.LastRunAsync(tenant, job);
        Assert.Equal("SUCCEEDED", Jobs.StatusOf(recorded));
        Assert.Equal([victim, survivor], Jobs.PathOf(recorded).Distinct());

        var check = (await desk.RunAsync("check", ["check", "--read-data"])).Succeeded();
        Assert.Contains("no errors were found", check.Output, StringComparison.Ordinal);
        await world[victim].StartAsync();
    }

    private static int FromEnvironment(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
