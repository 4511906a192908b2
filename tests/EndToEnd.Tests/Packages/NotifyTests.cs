using System.Text.RegularExpressions;
using Headgate.Testing;

namespace Headgate.EndToEnd.Tests.Packages;

/// <summary>What a service manager hears from the real programs.</summary>
public sealed class NotifyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Gateway_FromStartToEndOfADrain_SaysHowItFares()
    {
        await using var world = await World.StartAsync(gateways: 0);
        using var manager = new NotifySocket(_folder["notify"]);
        var address = $"{world.AddressOf("gtw1")}:{World.PublicPort}";
        var code = await world.CodeAsync("gateway", "add", "gtw1", "--address", address);
        await using var gateway = new Daemon("gtw1", Programs.Gateway, "run", "--data", world.PathOf("gtw1"), "--code", code, "--listen", address)
        {
            Environment = new Dictionary<string, string?> { ["NOTIFY_SOCKET"] = manager.Name, ["WATCHDOG_USEC"] = "4000000" },
        };
        await gateway.StartAsync();
        Assert.Equal(
            $"READY=1\nSTATUS=Gateway gtw1 on {address}: 0 active connections.", await manager.UntilAsync(said => said.StartsWith("READY=", StringComparison.Ordinal)));

        await using (await OpenAsync(world))
        {
            await manager.UntilAsync(said => said == $"STATUS=Gateway gtw1 on {address}: 1 active connection.");
            await using var second = await OpenAsync(world);
            await manager.UntilAsync(said => said == $"STATUS=Gateway gtw1 on {address}: 2 active connections.");
            await manager.UntilAsync(said => said == "WATCHDOG=1");
        }

        await manager.UntilAsync(said => said == $"STATUS=Gateway gtw1 on {address}: 0 active connections.");
        Task<int> stopped;
        await using (await OpenAsync(world))
        {
            await manager.UntilAsync(said => said.EndsWith(" 1 active connection.", StringComparison.Ordinal));
            stopped = gateway.StopAsync(TimeSpan.FromMinutes(2));
            Assert.StartsWith(
                "STOPPING=1\nSTATUS=Draining: 1 active connection left, closed in ", await manager.UntilAsync(said => said.StartsWith("STOPPING=", StringComparison.Ordinal)), StringComparison.Ordinal);
            for (var i = 0; i < 3; i++)
            {
                // Asked for again each second, so that however long streams drain, the manager's patience never ends first.
                await manager.UntilAsync(said => said == "EXTEND_TIMEOUT_USEC=15000000");
                await manager.UntilAsync(said => Regex.IsMatch(said, @"^STATUS=Draining: 1 active connection left, closed in \d+ s\.$"));
            }

            Assert.False(stopped.IsCompleted, "It ended under a living connection.");
        }

        Assert.Equal(0, await stopped);
    }

    [Fact]
    public async Task Gateway_WhileTheSiloIsAway_IsReadyAndSaysForWhatItWaits()
    {
        await using var world = await World.StartAsync(gateways: 1);
        await world["gtw1"].StopAsync();
        await world.Server.StopAsync();
        File.Delete(world.PathOf("gtw1", "routes.json"));
        using var manager = new NotifySocket(_folder["notify"]);
        await using var gateway = Running.Start(
            Programs.Gateway,
            ["run", "--data", world.PathOf("gtw1"), "--listen", $"{world.AddressOf("gtw1")}:{World.PublicPort}"],
            new Dictionary<string, string?> { ["NOTIFY_SOCKET"] = manager.Name });
        Assert.Equal("STATUS=Gateway gtw1 waits for the silo and takes no connections yet.", await manager.NextAsync());

        // 30 s after its start: the manager shall not take it for one that failed.
        Assert.StartsWith("READY=1\nSTATUS=Gateway gtw1 waits for the silo", await UntilReadyAsync(manager), StringComparison.Ordinal);
        await world.Server.StartAsync();
        await manager.UntilAsync(said => said.EndsWith(": 0 active connections.", StringComparison.Ordinal));
        gateway.Interrupt();
        Assert.Equal(0, (await gateway.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task ServerAndRepository_FromStartToEnd_SayHowTheyFare()
    {
        using var manager = new NotifySocket(_folder["notify"]);
        var environment = new Dictionary<string, string?> { ["NOTIFY_SOCKET"] = manager.Name };
        await using var world = await World.StartAsync(gateways: 0);
        await world["repo1"].StopAsync();
        await using var repository = new Daemon(
            "repo1", Programs.Repository, "run", "--data", world.PathOf("repo1"), "--listen", world.AddressOf("repo1") + ":6183") { Environment = environment };
        await repository.StartAsync();
        Assert.Equal("READY=1\nSTATUS=0 active connections.", await manager.UntilAsync(said => said.StartsWith("READY=", StringComparison.Ordinal)));
        Assert.Equal(0, await repository.StopAsync());
        Assert.StartsWith("STOPPING=1\n", await manager.UntilAsync(said => said.StartsWith("STOPPING=", StringComparison.Ordinal)), StringComparison.Ordinal);

        await world.Server.StopAsync();
        var server = world.AddressOf("server");
        await using var again = new Daemon(
            "server", Programs.Server, "run", "--data", world.PathOf("server"), "--zone", World.Zone, "--no-portal",
            "--edge-listen", server + ":6181", "--tenant-listen", server + ":6182") { Environment = environment };
        await again.StartAsync();
        Assert.Equal($"READY=1\nSTATUS=Serves zone {World.Zone}.", await manager.UntilAsync(said => said.StartsWith("READY=", StringComparison.Ordinal)));
        Assert.Equal(0, await again.StopAsync());
        Assert.StartsWith("STOPPING=1\n", await manager.UntilAsync(said => said.StartsWith("STOPPING=", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    private static Task<TlsConnection> OpenAsync(World world) =>
        TlsConnection.OpenAsync(world.AddressOf("gtw1"), World.PublicPort, "cc." + World.Zone);

    private static async Task<string> UntilReadyAsync(NotifySocket manager)
    {
        // Longer than one patience of the socket's.
        for (var i = 0; ; i++)
        {
            try
            {
                return await manager.UntilAsync(said => said.StartsWith("READY=", StringComparison.Ordinal));
            }
            catch (TimeoutException) when (i < 2)
            {
            }
        }
    }
}
