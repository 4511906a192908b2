using System.Diagnostics;
using System.Text.Json;
using Headgate.EndToEnd.Tests.Faults;
using Headgate.Protocol.Tenant;

namespace Headgate.EndToEnd.Tests.Lists;

/// <summary>The gateway list of a real provider: when it changes, and how a run that goes on hears of it.</summary>
public sealed class GatewayListTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task List_WhenGatewaysFallSilentDrainOrAreDisabled_IsAnotherAtOnceOrAfterFiveSeconds()
    {
        await using var world = await World.StartAsync(gateways: 4);
        var tenant = await world.AddTenantAsync("acme");
        using var identity = (await tenant.EnrolAsync("desk")).Identity();
        using var api = new ConnectorApi(world, "gtw1", identity);
        var first = await UntilAsync(list => list is { Stale: false, Gateways.Count: 4 }, "all four in it, undoubted");

        // From the very next list on, whoever asks.
        var clock = Stopwatch.StartNew();
        (await world.AdminAsync("gateway", "drain", "gtw2")).Succeeded();
        var drained = await api.GetAsync<GatewayList>(TenantRoutes.Gateways);
        Assert.DoesNotContain(drained.Gateways, entry => entry.Gateway == "gtw2");
        Assert.True(drained.Version > first.Version);
        (await world.AdminAsync("gateway", "disable", "gtw3")).Succeeded();
        var disabled = await api.GetAsync<GatewayList>(TenantRoutes.Gateways);
        Assert.Equal(["gtw1", "gtw4"], disabled.Gateways.Select(entry => entry.Gateway).Order());
        Assert.True(disabled.Version > drained.Version);
        output.WriteLine($"drained and disabled, commands included: {clock.Elapsed.TotalSeconds:0.0} s");
        foreach (var gateway in new[] { "gtw2", "gtw3" })
        {
            (await world.AdminAsync("gateway", "activate", gateway)).Succeeded();
        }
        var whole = await UntilAsync(list => list is { Stale: false, Gateways.Count: 4 }, "all four in it again");

        // Nothing is closed, nobody says goodbye: only heartbeats stop.
        world["gtw4"].Freeze();
        clock.Restart();
        var silent = await UntilAsync(
            list => list is { Stale: false, Gateways.Count: 3 } && list.Gateways.All(entry => entry.Gateway != "gtw4"), "without the silent one");
        output.WriteLine($"silent: out of the list after {clock.Elapsed.TotalSeconds:0.0} s, of which {s_silence.TotalSeconds:0} are the silence");
        Assert.True(silent.Version > whole.Version);

        world["gtw4"].Thaw();
        var back = await UntilAsync(list => list.Gateways.Any(entry => entry.Gateway == "gtw4"), "with the one that is heard again");
        Assert.True(back.Version > silent.Version);

        async Task<GatewayList> UntilAsync(Func<GatewayList, bool> wanted, string what)
        {
            GatewayList? seen = null;
            await Tool.UntilAsync(
                async () => wanted(seen = await api.GetAsync<GatewayList>(TenantRoutes.Gateways)),
                what,
                () => string.Join(", ", seen!.Gateways.Select(entry => $"{entry.Gateway} ({entry.Why})")) + (seen.Stale ? " stale" : ""),
                TimeSpan.FromSeconds(90));
            return seen!;
        }
    }

    [Fact]
    public async Task Run_WhenAGatewayComesAndTheOldOneAndTheSiloGo_HasLearntOfItFromItsOwnReport()
    {
        await using var world = await World.StartAsync(gateways: 1);
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var (began, go, said) = (world.PathOf("began"), world.PathOf("go"), world.PathOf("said"));
        // A tool that uses the repository, waits for the test, and uses it again: its second request needs a connection of its own.
        var ask = $"curl -s -o /dev/null -w '%{{http_code}} ' \"${{RESTIC_REPOSITORY#rest:}}config\" >> {said}";
        await using var run = desk.StartTool(
            "slow", ["sh", "-c", $"{ask} && touch {began} && while [ ! -e {go} ]; do sleep 0.1; done && {ask}"], ["--kind", "backup", "--retries", "0"]);
        await Tool.UntilAsync(() => File.Exists(began), "the tool's first answer", () => run.Said);

        await world.AddGatewayAsync("gtw2");
        // The report that the connector makes in any case brought it the new list, and the new gateway the run's route.
        await Tool.UntilAsync(
            async () => (await world.GatewayStatusAsync("gtw2")).GetProperty("routes").GetInt32() > 0, "the new gateway being told of the run", () => run.Said, TimeSpan.FromSeconds(60));
        // Asked to end, as it then answers first what is under way: that report.
        Assert.Equal(0, await world.Server.StopAsync());
        await world["gtw1"].KillAsync();
        await File.WriteAllTextAsync(go, "");
        await Tool.UntilAsync(() => File.ReadAllText(said).Count(c => c == ' ') == 2, "the tool's second answer", () => run.Said);
        Assert.Equal("200 200 ", await File.ReadAllTextAsync(said));

        await world.Server.StartAsync();
        await run.EndAsync();
        var path = Jobs.AttemptsOf(await Jobs.LastRunAsync(tenant, "slow")).Single().GetProperty("path").EnumerateArray().ToArray();
        // The new list may have the new one first, or second.
        Assert.Equal(["gtw1", "gtw2"], path.Select(step => step.GetProperty("gateway").GetString()));
        Assert.Equal("gtw1 first", Words(path[0]));
        Assert.Contains(Words(path[1]), (string[])["gtw2 first", "gtw2 next after gtw1"]);

        static string Words(JsonElement step) => step.GetProperty("gateway").GetString() + " " + step.GetProperty("reason").GetString()!.ToLowerInvariant()
            + (step.TryGetProperty("after", out var after) && after.GetString() is { } before ? " after " + before : "");
    }
}
