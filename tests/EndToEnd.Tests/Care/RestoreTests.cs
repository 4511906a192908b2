using Headgate.EndToEnd.Tests.Faults;
using Headgate.Protocol.Edge;

namespace Headgate.EndToEnd.Tests.Care;

/// <summary>The silo's machine is lost, with everything on it, and comes back from a backup that is older than what gateways, repositories and connectors know.</summary>
public sealed class RestoreTests
{
    [Fact]
    public async Task Silo_WhenRestoredOntoAnEmptyFolder_GoesOnWithEveryoneItKnewAndTellsTheOthers()
    {
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme");
        var (desk, old) = (await tenant.EnrolAsync("desk"), await tenant.EnrolAsync("old"));
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 4, bytesEach: 300_000);
        (await desk.RunAsync("nightly", ["backup", source])).Succeeded();
        var unused = await world.CodeAsync("code", "connector", "acme");
        var file = world.PathOf("silo.backup");
        var made = (await Backups.BackupAsync(world.PathOf("server"), file)).Succeeded();
        Assert.Contains("runs, was asked", made.Output, StringComparison.Ordinal);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.Empty(Directory.EnumerateFileSystemEntries(world.PathOf("server"), ".backup-*"));

        // What the backup does not know: a connector, a code that was used, a revocation, another backup run, a route, and certificates that were renewed.
        var late = new Machine(world, "acme", "late");
        (await late.HeadgateAsync("enroll", unused, "--host-name", "late")).Succeeded();
        (await world.AdminAsync("connector", "revoke", "acme", "old")).Succeeded();
        await File.WriteAllTextAsync(Path.Combine(source, "more"), "more");
        (await desk.RunAsync("nightly", ["backup", source])).Succeeded();
        await Backups.RenewAsync(world, desk);
        await world["gtw1"].StopAsync();
        await Backups.RenewAsync(world.PathOf("gtw1"));
        await world["gtw1"].StartAsync();
        await world["repo1"].StopAsync();
        await Backups.RenewAsync(world.PathOf("repo1"));
        await world["repo1"].StartAsync();
        var used = await Storage.UsedIsTheRecountAsync(world, tenant);

        await world.Server.KillAsync();
        Directory.Delete(world.PathOf("server"), recursive: true);
        var restored = (await Backups.RestoreAsync(file, world.PathOf("server"))).Succeeded();
        Assert.Contains("1 deleted", restored.Output, StringComparison.Ordinal);
        Assert.Contains("--zone demo.test", restored.Output, StringComparison.Ordinal);
        await world.Server.StartAsync();

        // The repository was not restarted since, and says again what is used; nobody enrols.
        Assert.Equal(used, await Storage.UsedIsTheRecountAsync(world, tenant));
        (await desk.RunAsync("nightly", ["backup", source])).Succeeded();
        (await desk.RunAsync("check", ["check", "--read-data"])).Succeeded();
        foreach (var gateway in world.GatewayNames)
        {
            await Tool.UntilAsync(
                async () => (await world.GatewayStatusAsync(gateway)).GetProperty("siloSilentSeconds").GetDouble() < 10, $"{gateway} to hear the silo", () => world.Logs);
        }

        await AssertSnapshotsTakenAsync(world);
        await AssertRenewedStandAsync(world);

        var refused = await late.HeadgateAsync("status");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("restored from a backup", refused.Error, StringComparison.Ordinal);
        Assert.Contains("new code", refused.Error, StringComparison.Ordinal);
        var spent = await new Machine(world, "acme", "thief").HeadgateAsync("enroll", unused, "--host-name", "thief");
        Assert.NotEqual(0, spent.ExitCode);
        var again = new Machine(world, "acme", "again");
        (await again.HeadgateAsync("enroll", await world.CodeAsync("code", "connector", "acme"), "--host-name", "late")).Succeeded();

        // The revocation is lost with the time it was made in: it is repeated, and holds.
        (await old.HeadgateAsync("status")).Succeeded();
        (await world.AdminAsync("connector", "revoke", "acme", "old")).Succeeded();
        await Tool.UntilAsync(async () => (await old.HeadgateAsync("status")).ExitCode == 77, "the revoked connector to be out");

        // A renewed certificate that was believed can be revoked as any other.
        (await world.AdminAsync("connector", "revoke", "acme", "desk")).Succeeded();
        await Tool.UntilAsync(async () => (await desk.HeadgateAsync("status")).ExitCode == 77, "the renewed and revoked connector to be out");
    }

    [Fact]
    public async Task Silo_WhenRestoredElsewhere_IsFoundUnderItsName()
    {
        Assert.SkipWhen(Namespace.Missing is not null, Namespace.Missing ?? "");
        await using var names = await Namespace.WithHostsAsync([]);
        await using var world = await World.StartAsync(
            gateways: 0, repositories: 0, inside: names, "--edge-address", "silo.demo.test:6181", "--tenant-address", "silo.demo.test:6182");
        await LeadAsync(world.AddressOf("server"));
        await world.AddRepositoryAsync("repo1");
        await world.AddGatewayAsync("gtw1");
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 2, bytesEach: 100_000);
        (await desk.RunAsync("nightly", ["backup", source])).Succeeded();

        // Of a server that was killed: its last writes are in the log beside the database.
        await world.Server.KillAsync();
        var file = world.PathOf("silo.backup");
        var made = (await Backups.BackupAsync(world.PathOf("server"), file)).Succeeded();
        Assert.Contains("does not run", made.Output, StringComparison.Ordinal);
        Directory.Delete(world.PathOf("server"), recursive: true);
        var elsewhere = world.AddressOf("server")[..^1] + "2";
        var data = world.PathOf("another", "place");
        (await Backups.RestoreAsync(file, data)).Succeeded();
        await using var server = new Daemon(
            "server elsewhere", Programs.Server, "run", "--data", data, "--zone", World.Zone, "--edge-listen", elsewhere + ":6181", "--tenant-listen", elsewhere + ":6182",
            "--portal-listen", elsewhere + ":6184", "--site-listen", elsewhere + ":6185",
            "--edge-address", "silo.demo.test:6181", "--tenant-address", "silo.demo.test:6182") { Inside = names };
        await server.StartAsync();
        await LeadAsync(elsewhere);

        await Tool.UntilAsync(
            async () => (await desk.HeadgateAsync("status")).ExitCode == 0, "the connector to reach the silo at its new address", () => server.Log + world.Logs);
        (await desk.RunAsync("nightly", ["backup", source], ["--retries", "15"])).Succeeded();
        (await desk.RunAsync("check", ["check", "--read-data"])).Succeeded();

        async Task LeadAsync(string silo)
        {
            var hosts = $"{silo} silo.demo.test\n{world.AddressOf("gtw1")} cc.demo.test\n";
            (await names.RunAsync("sh", "-c", $"printf '{hosts.Replace("\n", "\\n", StringComparison.Ordinal)}' > /etc/hosts")).Succeeded();
        }
    }

    [Fact]
    public async Task Server_WhenRestoredTwiceFromOneBackup_EverybodyTakesASnapshotEachTime()
    {
        await using var world = await World.StartAsync(gateways: 1);
        var file = world.PathOf("silo.backup");
        (await Backups.BackupAsync(world.PathOf("server"), file)).Succeeded();
        for (var time = 1; time <= 2; time++)
        {
            await world.Server.KillAsync();
            Directory.Delete(world.PathOf("server"), recursive: true);
            (await Backups.RestoreAsync(file, world.PathOf("server"))).Succeeded();
            await world.Server.StartAsync();
            var tenant = await world.AddTenantAsync("acme");
            Assert.Equal("acme", tenant.Id);
            await AssertSnapshotsTakenAsync(world, 1 + time);
        }
    }

    /// <summary>The numbers of the restored silo's events have nothing to do with those that gateways and repositories remember.</summary>
    private static async Task AssertSnapshotsTakenAsync(World world, int atLeast = 2)
    {
        foreach (var name in world.GatewayNames)
        {
            await Tool.UntilAsync(
                () => world[name].Lines.Count(line => line.Contains("snapshot", StringComparison.OrdinalIgnoreCase)) >= atLeast, $"{name} to take a snapshot", () => world[name].Log);
        }

        await Tool.UntilAsync(
            () => world["repo1"].Lines.Count(line => line.Contains("The silo's state as of", StringComparison.Ordinal)) >= atLeast, "repo1 to take a snapshot", () => world["repo1"].Log);
    }

    /// <summary>Certificates that are not in the restored database open the event stream.</summary>
    private static async Task AssertRenewedStandAsync(World world)
    {
        using var patience = new CancellationTokenSource(Tool.Patience);
        foreach (var name in (string[])["gtw1", "repo1"])
        {
            using var identity = world.IdentityOf(name);
            using var client = new EdgeClient(identity, TimeProvider.System);
            await foreach (var first in client.StreamAsync(null, patience.Token))
            {
                Assert.Equal(EdgeEventKinds.Snapshot, first.Kind);
                break;
            }
        }
    }
}
