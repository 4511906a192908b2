using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Headgate.Grains;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;
using Headgate.Server.Administration;

namespace Headgate.Silo.Tests.Api;

/// <summary>Heartbeats of two gateways over mutual TLS, and what of a tenant's bandwidth each may have.</summary>
public sealed class BandwidthApiTests(SiloWorld world) : IClassFixture<SiloWorld>
{
    private const long Limit = 64_000_000;
    private const long Spread = Limit - (Limit / 64);

    [Fact]
    public async Task Heartbeats_OfTwoGateways_ShareTheLimitAndNeverPassIt()
    {
        for (var tries = 0; !await TryShareAsync(); tries++)
        {
            Assert.True(tries < 2, "Rounds of two heartbeats take more than 2 s.");
        }
    }

    // False when it was too slow to be judged: a gateway unheard for 5 s, of which each round shifts 1 s, loses its part.
    private async Task<bool> TryShareAsync()
    {
        var tenant = await world.AddTenantAsync();
        var free = await world.AddTenantAsync();
        await SetAsync(tenant, Limit);
        using var a = await GatewayAsync();
        using var b = await GatewayAsync();
        (a.Share, b.Share) = (Limit / 8, Limit / 8);
        await a.BeatAsync();
        await b.BeatAsync();

        var round = Stopwatch.StartNew();
        for (var second = 0; second < 8; second++)
        {
            world.Time.Advance(TimeSpan.FromSeconds(1));
            round.Restart();
            foreach (var gateway in new[] { a, b })
            {
                var answer = await gateway.BeatAsync(Hungry(tenant, gateway.Share), new TenantTraffic(free, 3, 9_000_000, 9_000_000, false, false));
                var share = Assert.Single(answer.Bandwidth!);
                Assert.Equal((tenant, share.UpBytesPerSecond), (share.Tenant, share.DownBytesPerSecond));
                gateway.Share = share.UpBytesPerSecond!.Value;
                if (IsSlow())
                {
                    return false;
                }

                Assert.InRange(a.Share + b.Share, 1, Limit);
            }
        }

        Assert.InRange(a.Share, (Spread / 2) - 1, Spread / 2);
        Assert.InRange(b.Share, (Spread / 2) - 1, Spread / 2);

        // The tenant leaves one: its part is the other's at once.
        Assert.Null((await b.BeatAsync(new TenantTraffic(free, 1, 0, 0, false, false))).Bandwidth);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        var last = Assert.Single((await a.BeatAsync(Hungry(tenant, a.Share))).Bandwidth!);
        if (IsSlow())
        {
            return false;
        }

        Assert.Equal(Spread, last.UpBytesPerSecond);
        return true;

        bool IsSlow() => round.Elapsed > TimeSpan.FromSeconds(2);
    }

    [Fact]
    public async Task Heartbeats_WhenTheLimitChanges_AreToldWithinASecondOfTheSilosTime()
    {
        var tenant = await world.AddTenantAsync();
        using var gateway = await GatewayAsync();
        Assert.Null((await gateway.BeatAsync(Hungry(tenant, null, isHeldBack: false))).Bandwidth);

        // One that the gateway relays for without any limit gets one.
        await SetAsync(tenant, Limit);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        var begun = Assert.Single((await gateway.BeatAsync(Hungry(tenant, null, isHeldBack: false))).Bandwidth!);
        Assert.Equal(Limit / 8, begun.UpBytesPerSecond);

        // Less what is kept for others, once 2.5 s have passed.
        const long Lower = Limit / 16;
        await SetAsync(tenant, Lower);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        var lowered = Assert.Single((await gateway.BeatAsync(Hungry(tenant, begun.UpBytesPerSecond))).Bandwidth!);
        Assert.InRange(lowered.DownBytesPerSecond!.Value, Lower - (Lower / 64) - 1, Lower);

        // Lifted: said until it is heard, for the answer may be lost.
        await SetAsync(tenant, 0);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal([new BandwidthShare(tenant, null, null)], (await gateway.BeatAsync(Hungry(tenant, Limit / 16))).Bandwidth!);
        }

        // One that says nothing of a share is told too, for a while; then nothing is said any more, except to one that still holds something back.
        var quiet = new TenantTraffic(tenant, 1, 5, 5, false, false);
        Assert.Equal([new BandwidthShare(tenant, null, null)], (await gateway.BeatAsync(quiet)).Bandwidth!);
        world.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.Null((await gateway.BeatAsync(quiet)).Bandwidth);
        Assert.Equal([new BandwidthShare(tenant, null, null)], (await gateway.BeatAsync(quiet with { DownHeldBack = true })).Bandwidth!);
    }

    [Fact]
    public async Task Heartbeat_OfAnOlderGateway_IsAnsweredAsEver()
    {
        var tenant = await world.AddTenantAsync();
        await SetAsync(tenant, Limit);
        using var gateway = await GatewayAsync();
        using var response = await gateway.Http.PostAsJsonAsync(
            EdgeRoutes.GatewayHeartbeat,
            new { version = "0.1.0", activeConnections = 0, acceptedConnections = 0, bytesUp = 0, bytesDown = 0, epoch = 1, refused = new { } },
            SiloWorld.Deadline);
        Assert.Equal("""{"wantedState":"Active","intervalSeconds":1}""", await response.Content.ReadAsStringAsync(SiloWorld.Deadline));
    }

    [Fact]
    public async Task Heartbeat_WithTenantsThatCannotBe_Is400()
    {
        using var gateway = await GatewayAsync();
        foreach (var tenants in new TenantTraffic[][]
        {
            [new("Not An Id", 1, 1, 1, false, false)],
            [new("acme", -1, 1, 1, false, false)],
            [new("acme", 1, -1, 1, false, false)],
            [new("acme", 1, 1, 1, false, false, -1)],
            [null!],
        })
        {
            using var response = await gateway.PostAsync(tenants);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            var problem = (await response.Content.ReadFromJsonAsync(ProtocolJson.Default.ProblemAnswer, SiloWorld.Deadline))!;
            Assert.Equal(["tenants"], problem.Errors!.Keys);
        }

        using var many = await gateway.PostAsync([.. Enumerable.Range(0, 1001).Select(i => new TenantTraffic($"t{i}", 1, 1, 1, false, false))]);
        Assert.Equal(HttpStatusCode.BadRequest, many.StatusCode);
    }

    [Fact]
    public async Task Heartbeat_OfADrainedGateway_SaysWhatIsLeftOfItsTime()
    {
        using var gateway = await GatewayAsync();
        await world.Admin.SendAsync<GatewayInfo>(
            HttpMethod.Patch, ManagementRoutes.Gateway(gateway.Id), new GatewayChange(WantedState.Draining, null, null, null, null, null, null, DrainSeconds: 300), SiloWorld.Deadline);
        world.Time.Advance(TimeSpan.FromSeconds(2));
        var answer = await gateway.BeatAsync();
        Assert.Equal(GatewayWantedState.Draining, answer.WantedState);
        Assert.InRange(answer.DrainSecondsLeft!.Value, 200, 298);

        var problem = await Assert.ThrowsAsync<ProblemException>(() => world.Admin.SendAsync<GatewayInfo>(
            HttpMethod.Patch, ManagementRoutes.Gateway(gateway.Id), new GatewayChange(WantedState.Active, null, null, null, null, null, null, DrainSeconds: 300), SiloWorld.Deadline));
        Assert.Equal(["drainSeconds"], problem.Problem.Errors!.Keys);
        var undrained = await world.Admin.SendAsync<GatewayInfo>(
            HttpMethod.Patch, ManagementRoutes.Gateway(gateway.Id), new GatewayChange(WantedState.Active, null, null, null, null, null, null), SiloWorld.Deadline);
        Assert.Null(undrained.Drain);
        Assert.Null((await gateway.BeatAsync()).DrainSecondsLeft);
    }

    [Fact]
    public async Task Traffic_OfTenants_IsSummedOverGatewaysThatAreHeard()
    {
        var (tenant, other) = (await world.AddTenantAsync(), await world.AddTenantAsync());
        using var a = await GatewayAsync();
        using var b = await GatewayAsync();
        await a.BeatAsync();
        await b.BeatAsync();
        var directory = world.Grains.GetGrain<IDirectory>("directory");

        // What a gateway said counts for 5 s.
        TenantTrafficInfo[] traffic;
        int tenants;
        Stopwatch clock;
        var tries = 0;
        do
        {
            clock = Stopwatch.StartNew();
            await a.BeatAsync(new TenantTraffic(tenant, 3, 100, 2000, true, false), new TenantTraffic(other, 1, 7, 7, false, false), new TenantTraffic("gone", 0, 9, 9, false, false));
            await b.BeatAsync(new TenantTraffic(tenant, 2, long.MaxValue, 30, false, false));
            world.Time.Advance(TimeSpan.FromSeconds(2));
            traffic = [.. await directory.ListTrafficAsync([tenant, "nobody", tenant], SiloWorld.Deadline)];
            tenants = (await world.Grains.GetGrain<IGatewayGrain>(a.Id).GetTenantsAsync(SiloWorld.Deadline)).Length;
        }
        while (clock.Elapsed > TimeSpan.FromSeconds(2.5) && ++tries < 10);

        Assert.Equal([new TenantTrafficInfo(tenant, 2, 5, long.MaxValue, 2030, true)], traffic);
        Assert.Equal(2, tenants);

        world.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Empty(await directory.ListTrafficAsync([tenant], SiloWorld.Deadline));
        await Assert.ThrowsAsync<RefusedException>(() => directory.ListTrafficAsync([.. Enumerable.Range(0, 501).Select(i => $"t{i}")], SiloWorld.Deadline));
    }

    private static TenantTraffic Hungry(string tenant, long? share, bool isHeldBack = true) =>
        new(tenant, 4, share ?? 5_000_000, share ?? 5_000_000, isHeldBack, isHeldBack, share, share);

    private Task SetAsync(string tenant, long limit) => world.Admin.SendAsync<TenantInfo>(
        HttpMethod.Patch, ManagementRoutes.Tenant(tenant), new TenantChange(null, null, null, null, false, null, null, limit), SiloWorld.Deadline);

    private async Task<BeatingGateway> GatewayAsync()
    {
        var identity = await world.EnrolGatewayAsync(world.NewId("gtw"));
        return new BeatingGateway(identity, world.EdgeHttp(identity));
    }

    private sealed class BeatingGateway(ProgramIdentity identity, HttpClient http) : IDisposable
    {
        public string Id => identity.Identity.Id;

        public HttpClient Http => http;

        public long Share { get; set; }

        public Task<HttpResponseMessage> PostAsync(TenantTraffic[] tenants) => http.PostAsJsonAsync(
            EdgeRoutes.GatewayHeartbeat,
            new GatewayHeartbeat("0.1.0", 1, 1, 0, 0, 1, new Dictionary<string, long>(), Tenants: tenants),
            ProtocolJson.Default.GatewayHeartbeat,
            SiloWorld.Deadline);

        public async Task<GatewayHeartbeatAnswer> BeatAsync(params TenantTraffic[] tenants)
        {
            using var response = await PostAsync(tenants);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            return (await response.Content.ReadFromJsonAsync(ProtocolJson.Default.GatewayHeartbeatAnswer, SiloWorld.Deadline))!;
        }

        public void Dispose()
        {
            http.Dispose();
            identity.Dispose();
        }
    }
}
