using System.Globalization;
using System.Net;
using Headgate.EndToEnd.Tests.Copy;
using Headgate.EndToEnd.Tests.Faults;

namespace Headgate.EndToEnd.Tests.Resume;

/// <summary>Somebody between the tenant and the gateways writes alerts and worse into the connections. What is not said inside TLS ends no run.</summary>
public sealed class AlertTests
{
    // Far more than the slowed run sends until all is done to it.
    private const int Bytes = 192 << 20;

    [Theory]
    [InlineData("copy")]
    [InlineData("backup")]
    public async Task Run_WhenAlertsAreWrittenIntoItsConnections_GoesOn(string kind)
    {
        await using var world = await World.StartAsync(gateways: 0);
        await using var one = await BehindAsync(world, "gtw1");
        await using var other = await BehindAsync(world, "gtw2");
        AlertRelay[] relays = [one, other];
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 8, bytesEach: Bytes / 8);
        (await world.AdminAsync("tenant", "set", tenant.Id, "--bandwidth", "1 MB/s")).Succeeded();
        var carrier = await Carrier.WatchAsync(world);
        await using var run = desk.StartRun("nightly", ["backup", source], ["--kind", kind, "--retries", "0"]);
        // restic's very first request is its only one that it does not try again.
        await carrier.PastAsync(1 << 20, run);
        foreach (var what in Enum.GetValues<AlertRelay.Injection>())
        {
            var before = relays.Sum(relay => relay.Done.GetValueOrDefault(what));
            await Tool.UntilAsync(() => run.HasEnded || relays.Any(relay => relay.Standing > 0), "the run's connections", () => run.Said);
            foreach (var relay in relays)
            {
                relay.Inject(what);
            }

            await Tool.UntilAsync(
                () => run.HasEnded || relays.Sum(relay => relay.Done.GetValueOrDefault(what)) > before, $"{what} to be done", () => run.Said, TimeSpan.FromMinutes(1));
            Assert.False(run.HasEnded, $"It ended before or at {what}.\n{run.Said}");
        }

        (await world.AdminAsync("tenant", "set", tenant.Id, "--bandwidth", "none")).Succeeded();
        var finished = await run.EndAsync();
        var done = string.Join(", ", relays.SelectMany(relay => relay.Done).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value}")));
        TestContext.Current.TestOutputHelper?.WriteLine($"{kind}: {done}");
        if (kind == "copy")
        {
            await CopyRun.UnnoticedAsync(finished, world, tenant, "nightly");
        }
        else
        {
            finished.Succeeded();
            Assert.Single(Jobs.AttemptsOf(await Jobs.LastRunAsync(tenant, "nightly")));
        }

        await CopyRun.SameAsync(tenant, desk, source);
    }

    /// <summary>A gateway that tenants reach through a relay.</summary>
    private static async Task<AlertRelay> BehindAsync(World world, string gateway)
    {
        var at = new IPEndPoint(IPAddress.Parse(world.AddressOf("gtw5" + gateway[^1])), World.PublicPort);
        var relay = new AlertRelay(at, world.EndPointOf(gateway));
        await world.AddGatewayAtAsync(gateway, at.ToString());
        return relay;
    }
}
