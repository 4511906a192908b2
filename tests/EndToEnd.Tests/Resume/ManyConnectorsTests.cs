using System.Diagnostics;
using System.Globalization;

namespace Headgate.EndToEnd.Tests.Resume;

/// <summary>
/// A thousand light connectors over ten real gateways. What decides where each goes is the connector's own code and the silo's own lists; that they share a process, ten identities and
/// ten conversations with the tenant API is what makes them light.
/// </summary>
[Collection(CrowdCollection.Name)]
public sealed class ManyConnectorsTests
{
    private const int Gateways = 10;
    private const int Machines = 10;
    private const int ConnectorsEach = 100;
    private const int Connectors = Machines * ConnectorsEach;

    [Fact]
    public async Task Connectors_WhenOneOfTenGatewaysDies_SpreadOverTheOthersAndWhenAllDieTheirTriesSpreadInTime()
    {
        await using var world = await World.StartAsync(gateways: Gateways, repositories: 0);
        await world.AddRepositoryAsync("repo1", "--sessions-per-tenant", "300");
        var machines = new List<LightMachine>();
        using var stop = new CancellationTokenSource();
        var clock = Stopwatch.StartNew();
        var going = new List<Task<int>>();
        try
        {
            for (var i = 1; i <= Machines; i++)
            {
                var tenant = await world.AddTenantAsync($"tenant{i}");
                machines.Add(new LightMachine(world, await tenant.EnrolAsync("desk")));
            }

            Write($"{clock.Elapsed.TotalSeconds:0} s: enrolled");
            var connectors = new List<LightConnector>();
            foreach (var machine in machines)
            {
                // The first makes the restic repository. The others some at a time: two processors shake hands for both ends of all.
                foreach (var some in Enumerable.Range(1, ConnectorsEach - 1).Chunk(33).Prepend([0]))
                {
                    var these = some.Select(i => new LightConnector(machine, $"job-{i}", i)).ToArray();
                    going.AddRange(these.Select(connector => Task.Run(() => connector.RunAsync(stop.Token))));
                    await Task.WhenAll(these.Select(connector => connector.Stored)).WaitAsync(TimeSpan.FromMinutes(2));
                    connectors.AddRange(these);
                }
            }

            // On a busy machine some go on over another connection by themselves, while their gateway still holds the old one.
            var before = await UntilEachHasOneAsync();
            Write($"{clock.Elapsed.TotalSeconds:0} s: {RunConnections.Words(before)}");

            // One dies.
            var victim = before.MaxBy(pair => pair.Value).Key;
            var killed = Stopwatch.GetTimestamp();
            await world[victim].KillAsync();
            LightConnector.Move[] Moved() => [.. connectors.SelectMany(connector => connector.Moves).Where(move => move.From == victim && move.At >= killed)];

            // A gateway lists a connection from its first bytes on; its connector has moved when it says so. Few were on their way elsewhere already.
            await Tool.UntilAsync(() => Moved().Length >= 0.9 * before[victim], "those of the dead gateway to move", () => $"{Moved().Length} of {before[victim]} moved.", TimeSpan.FromMinutes(2));
            var after = await UntilEachHasOneAsync();
            var moved = Moved();
            var times = moved.Select(move => Stopwatch.GetElapsedTime(killed, move.At).TotalMilliseconds).Order().ToArray();
            var mean = Connectors / (double)(Gateways - 1);
            var most = after.MaxBy(pair => pair.Value);
            var gained = moved.CountBy(move => move.To).Max(pair => pair.Value);
            Write($"{clock.Elapsed.TotalSeconds:0} s: {victim} died: {RunConnections.Words(after)}; most loaded survivor over mean {most.Value / mean:0.00}, at most {gained} of {moved.Length} went to one");
            Write($"moved after p5 {At(times, 5):0} ms, p50 {At(times, 50):0} ms, p95 {At(times, 95):0} ms, longest {times[^1]:0} ms");
            Assert.True(most.Value < 1.3 * mean, RunConnections.Words(after));
            Assert.True(gained < 0.4 * moved.Length, $"{gained} of {moved.Length} went to one gateway.");

            // All die. Who looks for a gateway then does so in rounds; one in place of a gateway sees them come.
            foreach (var gateway in world.GatewayNames.Where(name => name != victim))
            {
                await world[gateway].KillAsync();
            }

            var gone = Stopwatch.StartNew();
            await Tool.UntilAsync(() => gone.Elapsed > TimeSpan.FromSeconds(8), "some rounds");
            await using (var watch = new DialWatch(world.EndPointOf(victim)))
            {
                var watched = Stopwatch.StartNew();
                await Tool.UntilAsync(() => watched.Elapsed > TimeSpan.FromSeconds(10), "more rounds");
                var dials = watch.Routes;
                Assert.True(dials.Count > Connectors / 4, $"{dials.Count} tries.");
                var slices = dials.CountBy(at => (long)(Stopwatch.GetElapsedTime(dials[0], at) / TimeSpan.FromMilliseconds(250))).Select(pair => pair.Value).ToArray();
                var even = dials.Count / (Stopwatch.GetElapsedTime(dials[0], dials[^1]) / TimeSpan.FromMilliseconds(250));
                Write($"{clock.Elapsed.TotalSeconds:0} s: with all away: {dials.Count} tries at one gateway in 10 s, {even:0.0} each 250 ms, {slices.Max()} in the busiest; {watch.Lists} times the list was asked for");

                // A stall of this process brings the tries of two seconds at once; those of connectors in step would be more still.
                Assert.True(slices.Max() < 12 * even, $"{slices.Max()} of {dials.Count} tries came within the same 250 ms.");
            }

            // They come back, and every connector has its object; none of their tools noticed anything.
            await Task.WhenAll(world.GatewayNames.Select(gateway => world[gateway].StartAsync()));
            await Tool.UntilAsync(async () => (await RunConnections.CountAsync(world)).Values.Sum() >= Connectors, "all connectors to go on", every: TimeSpan.FromSeconds(1), deadline: TimeSpan.FromMinutes(2));
            Write($"{clock.Elapsed.TotalSeconds:0} s: back: {RunConnections.Words(await RunConnections.CountAsync(world))}");
            connectors.ForEach(connector => connector.LetGo());
            var codes = await Task.WhenAll(going).WaitAsync(TimeSpan.FromMinutes(2));
            Assert.Empty(connectors.Where((connector, i) => codes[i] != 0 || connector.Connected != 1).Select(connector => connector.Said));
            Write($"{clock.Elapsed.TotalSeconds:0} s: all objects compared");

            async Task<Dictionary<string, int>> UntilEachHasOneAsync()
            {
                Dictionary<string, int> counts = [];
                await Tool.UntilAsync(
                    async () => (counts = await RunConnections.CountAsync(world)).Values.Sum() == Connectors,
                    "one connection for each connector", () => RunConnections.Words(counts), TimeSpan.FromMinutes(2), TimeSpan.FromMilliseconds(500));
                return counts;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAny(Task.WhenAll(going));
            machines.ForEach(machine => machine.Dispose());
        }
    }

    private static double At(double[] sorted, int percent) => sorted[Math.Min(sorted.Length - 1, sorted.Length * percent / 100)];

    private static void Write(FormattableString text) => TestContext.Current.TestOutputHelper?.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
