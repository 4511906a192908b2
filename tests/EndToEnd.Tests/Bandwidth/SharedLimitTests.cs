using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Headgate.EndToEnd.Tests.Faults;

namespace Headgate.EndToEnd.Tests.Bandwidth;

/// <summary>
/// A tenant's bandwidth limit over two gateways, as docs/bandwidth.md states it. What must never be too much is looked at in every window there was; what must
/// be enough is waited for.
/// </summary>
public sealed class SharedLimitTests
{
    private const long Limit = 4_000_000;
    private const int UploadsPerGateway = 2;

    /// <summary>Long beside a burst, so that a window tells the limit.</summary>
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(4);

    [Fact]
    public async Task Limit_OverTwoGateways_IsKeptSharedOutAndLifted()
    {
        await using var world = await World.StartAsync();
        (await world.AdminAsync("tenant", "add", "acme", "--bandwidth", "4 MB/s")).Succeeded();
        (await world.AdminAsync("quota", "set", "acme", "repo1", "1TiB")).Succeeded();
        var acme = new Tenant(world, "acme");
        var key = await KeyAsync(world, acme);
        var otherKey = await KeyAsync(world, await world.AddTenantAsync("beta", "1TiB"));

        await using var watch = new TrafficWatch(world);
        await using var first = await UploadsAsync(world, "gtw1", key, UploadsPerGateway);
        await using var second = await UploadsAsync(world, "gtw2", key, UploadsPerGateway);

        // Both want more: together they get it, and each its part.
        await watch.UntilAsync(
            s_window, "acme", seen => seen.All > 0.7 * Limit && seen.Over("gtw1") > 0.25 * Limit && seen.Over("gtw2") > 0.25 * Limit, "the limit to be used by both gateways");
        await ListedAsync(world, "gtw1");
        await ListedAsync(world, "gtw2");
        Assert.Contains("4 MB/s", (await world.AdminAsync("tenant", "show", "acme")).Succeeded().Output, StringComparison.Ordinal);

        // Who has no limit is not held back by another's.
        await using (await UploadsAsync(world, "gtw1", otherKey, 1))
        {
            await watch.UntilAsync(TimeSpan.FromSeconds(1), "beta", seen => seen.All > 2 * Limit, "a tenant without a limit to move more than the other may");
        }

        // One gateway goes quiet: the other gets nearly all, and gives it back.
        first.Quiet(true);
        await watch.UntilAsync(s_window, "acme", seen => seen.Over("gtw2") > 0.75 * Limit, "the busy gateway to get what the quiet one leaves");
        first.Quiet(false);
        await watch.UntilAsync(s_window, "acme", seen => seen.Over("gtw1") > 0.25 * Limit && seen.Over("gtw2") > 0.25 * Limit, "both gateways to have their parts again");
        NeverAbove(watch.Readings);

        // Lifted and set again while the same streams run.
        (await world.AdminAsync("tenant", "set", "acme", "--bandwidth", "none")).Succeeded();
        await watch.UntilAsync(TimeSpan.FromSeconds(1), "acme", seen => seen.All > 2.5 * Limit, "streams to speed up when the limit is lifted");
        (await world.AdminAsync("tenant", "set", "acme", "--bandwidth", "4 MB/s")).Succeeded();
        await watch.UntilAsync(
            s_window, "acme", seen => seen.All is > 0.7 * Limit and < 1.2 * Limit, "streams to slow down to a limit that is set while they run");
        first.AreAlive();
        second.AreAlive();
    }

    private static async Task<JsonElement> KeyAsync(World world, Tenant tenant)
    {
        var key = await tenant.AccessKeyAsync();
        using var client = new ObjectClient(key, await world.AuthorityFileAsync(), world.EndPointOf("gtw1"), "/bulk/");
        await client.CreateAsync();
        return key;
    }

    private static async Task<Uploads> UploadsAsync(World world, string gateway, JsonElement key, int count)
    {
        var uploads = new Uploads();
        for (var i = 0; i < count; i++)
        {
            uploads.Add(await Upload.StartAsync(world.AddressOf(gateway), key));
        }

        return uploads;
    }

    /// <summary>Each window between two readings, the longest ones and those in which parts moved included.</summary>
    private static void NeverAbove(IReadOnlyList<TrafficWatch.Reading> readings)
    {
        // Each gateway's bucket (100 ms worth), and what was already paid for and waited in a pipe for the repository.
        const double Burst = 2 * (Limit / 10.0);
        const long InPipes = 2L * UploadsPerGateway * (1 << 20);
        foreach (var (last, end) in readings.Index())
        {
            foreach (var begin in readings.Take(last))
            {
                var seconds = Stopwatch.GetElapsedTime(begin.Began, end.Ended).TotalSeconds;
                var bytes = end.Of("acme") - begin.Of("acme");
                Assert.True(bytes <= (Limit * seconds) + Burst + InPipes, string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes in {seconds:0.00} s, reading {last}"));
            }
        }
    }

    private static async Task ListedAsync(World world, string gateway)
    {
        var lines = (await Tool.RunAsync(Programs.Gateway, ["connections", "--data", world.PathOf(gateway), "--tenant", "acme", "--json"])).Succeeded()
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        var connections = lines[..^1];
        Assert.Equal(UploadsPerGateway, connections.Length);
        Assert.All(connections, one =>
        {
            Assert.Equal(("relay", "acme", "repo1"), (one.GetProperty("stage").GetString(), one.GetProperty("tenant").GetString(), one.GetProperty("target").GetString()));
            Assert.True(one.GetProperty("bytesUp").GetInt64() > Limit / 10, one.ToString());
            Assert.True(one.GetProperty("bytesDown").GetInt64() > 0, one.ToString());
        });
        var total = lines[^1].GetProperty("total");
        Assert.Equal(("acme", UploadsPerGateway), (total.GetProperty("tenant").GetString(), total.GetProperty("connections").GetInt32()));
        Assert.Equal(connections.Sum(one => one.GetProperty("bytesUp").GetInt64()), total.GetProperty("bytesUp").GetInt64());
        var table = (await Tool.RunAsync(Programs.Gateway, ["connections", "--data", world.PathOf(gateway)])).Succeeded().Output;
        Assert.Equal(UploadsPerGateway, table.Split('\n').Count(line => line.Contains(" relay  acme ", StringComparison.Ordinal)));
    }

    /// <summary>Several over one gateway.</summary>
    private sealed class Uploads : IAsyncDisposable
    {
        private readonly List<Upload> _all = [];

        public void Add(Upload upload) => _all.Add(upload);

        public void Quiet(bool isQuiet) => _all.ForEach(upload => upload.IsQuiet = isQuiet);

        public void AreAlive() => Assert.All(_all, upload => Assert.Null(upload.Fault));

        public async ValueTask DisposeAsync()
        {
            foreach (var upload in _all)
            {
                await upload.DisposeAsync();
            }
        }
    }
}
