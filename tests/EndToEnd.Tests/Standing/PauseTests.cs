using System.Diagnostics;
using Headgate.EndToEnd.Tests.Faults;
using Headgate.Protocol.Tenant;

namespace Headgate.EndToEnd.Tests.Standing;

/// <summary>The silo, or half a pool, stands still for a while.</summary>
public sealed class PauseTests
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);

    /// <summary>A silo that a busy machine holds up for 3 s doubts anew, each time for 10 s.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Silo_WhenItStoodStill_HandsOutFullListsAndOpenRunsGoOn()
    {
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 12, bytesEach: 3 << 20);
        using var api = new ConnectorApi(world, "gtw1", desk.Identity());

        // By the gateways, which keep to it while the silo stands still: too little for the run to end before it may.
        (await world.AdminAsync("tenant", "set", "acme", "--bandwidth", "800 kB/s")).Succeeded();
        var carrier = await Carrier.WatchAsync(world);
        await using var run = desk.StartRun("nightly", ["backup", source]);
        var gateway = await carrier.PastAsync(1 << 20, run);
        Assert.Equal(2, (await api.GetAsync<GatewayList>(TenantRoutes.Gateways)).Gateways.Count);

        world.Server.Freeze();
        var clock = Stopwatch.StartNew();
        var waiting = api.GetAsync<GatewayList>(TenantRoutes.Gateways);
        await Tool.UntilAsync(() => clock.Elapsed > s_pause, "the pause to be over", deadline: s_pause * 2);
        Assert.False(waiting.IsCompleted);
        world.Server.Thaw();

        // Asked while it stood still, and at once afterwards: nobody else was silent.
        var first = await waiting;
        var next = await api.GetAsync<GatewayList>(TenantRoutes.Gateways);
        Assert.Equal((2, 2), (first.Gateways.Count, next.Gateways.Count));
        Assert.True(first.Stale && next.Stale, "The silo should doubt what it sees.");
        var opened = await api.OpenRunAsync("other");
        Assert.Equal(2, opened.Gateways.Gateways.Count);
        await api.FinishAsync(opened);
        Assert.False(run.HasEnded, run.Said);
        (await world.AdminAsync("tenant", "set", "acme", "--bandwidth", "none")).Succeeded();

        await Tool.UntilAsync(
            async () => await api.GetAsync<GatewayList>(TenantRoutes.Gateways) is { Stale: false, Gateways.Count: 2 }, "the list to be trusted again", () => world.Logs, s_patience);
        (await run.EndAsync()).Succeeded();
        var recorded = await Jobs.LastRunAsync(tenant, "nightly");
        Assert.Equal("SUCCEEDED", Jobs.StatusOf(recorded));
        Assert.Single(Jobs.AttemptsOf(recorded));
        Assert.Equal([gateway], Jobs.PathOf(recorded));
        Assert.Contains(world.Server.Lines, line => line.Contains("This silo was paused", StringComparison.Ordinal));
        (await desk.RunAsync("check", ["check", "--read-data"])).Succeeded();
    }

    [Fact]
    public async Task Pool_WhenMostOfItFallsSilentAtOnce_KeepsItsListAndSaysThatItIsStale()
    {
        await using var world = await World.StartAsync(gateways: 3);
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        using var api = new ConnectorApi(world, "gtw1", desk.Identity());
        Task<GatewayList> ListAsync() => api.GetAsync<GatewayList>(TenantRoutes.Gateways);
        await Tool.UntilAsync(async () => await ListAsync() is { Stale: false, Gateways.Count: 3 }, "a list that is trusted", () => world.Logs, s_patience);

        world["gtw2"].Freeze();
        world["gtw3"].Freeze();
        try
        {
            await Tool.UntilAsync(async () => (await ListAsync()).Stale, "the silo to doubt what it sees", () => world.Logs, s_patience);
            var kept = await ListAsync();
            Assert.Equal(["gtw1", "gtw2", "gtw3"], kept.Gateways.Select(gateway => gateway.Gateway).Order());
            Assert.Equal("gtw1", kept.Gateways[0].Gateway);
        }
        finally
        {
            world["gtw2"].Thaw();
            world["gtw3"].Thaw();
        }

        await Tool.UntilAsync(async () => await ListAsync() is { Stale: false, Gateways.Count: 3 }, "the list to be trusted again", () => world.Logs, s_patience);

        // One of three is believed to be away; one that stops by itself is out at once.
        world["gtw3"].Freeze();
        await Tool.UntilAsync(async () => await ListAsync() is { Stale: false, Gateways.Count: 2 }, "the silent one to be left out", () => world.Logs, s_patience);
        world["gtw3"].Thaw();
        await Tool.UntilAsync(async () => await ListAsync() is { Stale: false, Gateways.Count: 3 }, "it to be back", () => world.Logs, s_patience);
        Assert.Equal(0, await world["gtw3"].StopAsync());
        Assert.Equal(["gtw1", "gtw2"], (await UntilChangedAsync()).Gateways.Select(gateway => gateway.Gateway).Order());

        async Task<GatewayList> UntilChangedAsync()
        {
            // A ranker keeps a pool's snapshot for half a second, which is less than the 5 s of a silence.
            var clock = Stopwatch.StartNew();
            var list = await ListAsync();
            while (list.Gateways.Count == 3 && clock.Elapsed < TimeSpan.FromSeconds(4))
            {
                await Task.Delay(100);
                list = await ListAsync();
            }

            return list.Gateways.Count == 3 ? await ListAsync() : list;
        }
    }
}
