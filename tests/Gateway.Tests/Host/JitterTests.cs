using Headgate.Gateway.Heartbeat;
using Headgate.Gateway.Routing;
using Headgate.Gateway.Tests.Support;
using Headgate.Gateway.Traffic;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Headgate.Gateway.Tests.Host;

/// <summary>A thousand gateways lose their silo at one moment; they must not come back at one moment.</summary>
public sealed class JitterTests
{
    private const int Gateways = 40;

    [Fact]
    public async Task Stream_WhileTheSiloIsAway_WaitsLongerAndLongerAndNotLikeTheOthers()
    {
        int[] longest = [250, 500, 1000, 2000, 4000, 5000, 5000, 5000];
        var waits = await WaitsAsync(longest.Length, TimeSpan.FromSeconds(6), (silo, time) =>
            new SiloStream(new RouteTable(time), silo, time, NullLogger<SiloStream>.Instance));

        for (var round = 0; round < longest.Length; round++)
        {
            var all = waits.Select(ofOne => ofOne[round].TotalMilliseconds).ToArray();
            Assert.All(all, wait => Assert.InRange(wait, (longest[round] / 2) - 1, longest[round] + 1));
            Assert.True(all.Max() - all.Min() > longest[round] / 4.0, $"Round {round}: all waited {all.Min()} to {all.Max()} ms.");
        }
    }

    [Fact]
    public async Task Heartbeats_Always_AreAFifthEarlyOrLate()
    {
        var waits = (await WaitsAsync(5, TimeSpan.FromSeconds(2), (silo, time) => new HeartbeatLoop(
            new GatewayCounters(time), new TenantMeters(time), new RouteTable(time), silo, TestMetrics.Create(), time, NullLogger<HeartbeatLoop>.Instance)))
            .SelectMany(ofOne => ofOne).Select(wait => wait.TotalMilliseconds).ToArray();

        Assert.All(waits, wait => Assert.InRange(wait, 799, 1201));
        Assert.True(waits.Max() - waits.Min() > 200, $"All waited {waits.Min()} to {waits.Max()} ms.");
    }

    /// <summary>What each of many waits between its tries, when each has a clock of its own and no silo. Longer timers are those of a try under way.</summary>
    private static async Task<TimeSpan[][]> WaitsAsync(int rounds, TimeSpan below, Func<ISilo, TimeProvider, BackgroundService> create) =>
        await Task.WhenAll(Enumerable.Range(0, Gateways).Select(async _ =>
        {
            var time = new ManualTimeProvider();
            using var loop = create(new FakeSilo { IsAway = true }, time);
            await loop.StartAsync(CancellationToken.None);
            var waits = new TimeSpan[rounds];
            for (var round = 0; round < rounds; round++)
            {
                await Eventually.TrueAsync(() => time.NextIn < below, () => "no wait");
                waits[round] = time.NextIn!.Value;
                time.Advance(waits[round]);
            }

            await loop.StopAsync(CancellationToken.None);
            return waits;
        }));
}
