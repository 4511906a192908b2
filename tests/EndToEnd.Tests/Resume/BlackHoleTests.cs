using System.Net;
using System.Text.Json;
using Headgate.EndToEnd.Tests.Copy;
using Headgate.EndToEnd.Tests.Faults;

namespace Headgate.EndToEnd.Tests.Resume;

/// <summary>A gateway whose heartbeats are in order, which reports no load because nobody gets through it, and which everybody would therefore be sent to.</summary>
public sealed class BlackHoleTests
{
    [Fact]
    public async Task Gateway_ThatReportsNoLoadAndForwardsNothing_SinksInEverybodysList()
    {
        await using var world = await World.StartAsync(gateways: 0);
        var at = new IPEndPoint(IPAddress.Parse(world.AddressOf("gtw51")), World.PublicPort);
        await using var hole = new BlackHole(at);
        await world.AddGatewayAtAsync("gtw1", at.ToString(), "--weight", "1000");
        await world.AddGatewayAsync("gtw2");
        string[] ids = ["acme", "beta", "gamma", "delta", "holder"];
        var tenants = new List<(Tenant Tenant, Machine Desk)>();
        foreach (var id in ids)
        {
            var tenant = await world.AddTenantAsync(id);
            tenants.Add((tenant, await tenant.EnrolAsync("desk")));
        }

        // Work on the one that forwards, so that the other has the least load.
        await using var holding = await OpenRun.StartAsync(tenants[4].Desk, "hold", "--kind", "copy");
        await holding.CreateAsync();
        using var held = holding.Client(() => { });
        using (await held.GetAsync("config"))
        {
        }

        await Tool.UntilAsync(
            async () => (await world.GatewayStatusAsync("gtw2")).GetProperty("active").GetInt64() > 0, "the holder's connection", () => holding.Said);

        // Three tenants back up. Each is sent into the hole first, and gets by without noticing.
        foreach (var (tenant, desk) in tenants.Take(3))
        {
            await desk.InitAsync();
            var source = await desk.FilesAsync("source", files: 2, bytesEach: 1_000_000);
            var finished = await desk.RunAsync("nightly", ["backup", source], CopyRun.Once);
            await CopyRun.UnnoticedAsync(finished, world, tenant, "nightly");
            Assert.Equal(["gtw2"], Jobs.PathOf(await Jobs.LastRunAsync(tenant, "nightly")));
            await CopyRun.SameAsync(tenant, desk, source);
        }

        Assert.InRange(hole.Fallen, 3, int.MaxValue);

        // One of a fourth tenant, whose connectors have never been near it, is not sent there any more.
        var (fourth, stranger) = tenants[3];
        var list = await Tool.RunAsync(Programs.Connector, ["gateways", "--json", "--resolve", world.Resolve], stranger.Environment);
        var places = JsonDocument.Parse(list.Succeeded().Output).RootElement.GetProperty("gateways").EnumerateArray().ToArray();
        Assert.Equal(["gtw2", "gtw1"], places.Select(place => place.GetProperty("gateway").GetString()));

        // The holder has been in it too, and may have said so by now.
        const string Why = "behind the others, for connectors of [34] tenants did not come through it";
        Assert.Matches(Why, places[1].GetProperty("why").GetString());
        await using var last = await OpenRun.StartAsync(stranger, "first", "--kind", "copy");
        await last.UntilSaysAsync("attempt 1: gateways gtw2 > gtw1");
        await last.CreateAsync();
        (await last.EndAsync()).Succeeded();
        Assert.Equal(["gtw2"], Jobs.PathOf(await Jobs.LastRunAsync(fourth, "first")));

        // And its page says why.
        using var administrator = SiteClient.Portal(world);
        await administrator.SignInFirstAsync("root", await SitesFixture.AddAsync(world, "root"), SitesFixture.Password);
        await using (var page = await Circuit.ShowAsync(administrator, "/gateways/gtw1"))
        {
            await page.UntilAsync("behind the others, for connectors of ");
        }

        (await holding.EndAsync()).Succeeded();
    }
}
