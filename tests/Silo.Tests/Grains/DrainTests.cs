using System.Text.Json;
using Headgate.Grains;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using Headgate.Silo.Certificates;
using Headgate.Silo.Storage;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

/// <summary>Draining a gateway, with and without an end.</summary>
public sealed class DrainTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task Drain_WithAnEnd_IsStoredToldAndCountedDown()
    {
        await using var silo = await ReadyAsync();
        var gateway = silo.Gateway("gtw1");
        await silo.HeardAsync("gtw1", active: 40);
        var began = silo.Time.GetUtcNow();
        var before = await silo.NewestAsync();

        var info = await gateway.ChangeAsync(Drain(s_hour), default);

        Assert.Equal(new GatewayDrain(began, 40, began + s_hour), info.Drain);
        var row = Assert.Single(await silo.EventsAsync(before));
        Assert.Equal("""{"state":"Draining","drainSecondsLeft":3600}""", row.Payload);
        Assert.Contains("Draining (what is left at 2030-01-01 13:00:11 UTC is closed)", (await silo.AuditAsync("gateway-changed"))[^1].What, StringComparison.Ordinal);
        Assert.Equal(new GatewayOrder(WantedState.Draining, s_hour), await silo.HeardAsync("gtw1", active: 39));

        // Whoever hears of it late hears what is left.
        silo.Time.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(new GatewayOrder(WantedState.Draining, TimeSpan.FromMinutes(40)), await silo.HeardAsync("gtw1", active: 12));
        Assert.Equal(2400, (await silo.Snapshots.GatewayAsync("gtw1", default))!.DrainSecondsLeft);
        var late = JsonSerializer.Deserialize(
            EdgePayload.For(row, new ProxyEnd("gtw1", 1), new TestAuthority(silo.Time), silo.Time.GetUtcNow()), ProtocolJson.Default.WantedStateChange);
        Assert.Equal(new WantedStateChange(GatewayWantedState.Draining, 2400), late);
        await using (var again = await silo.BesideAsync())
        {
            Assert.Equal(info.Drain, (await again.Gateway("gtw1").GetAsync(default)).Drain);
        }

        silo.Time.Advance(s_hour);
        Assert.Equal(new GatewayOrder(WantedState.Draining, TimeSpan.Zero), await silo.HeardAsync("gtw1"));
        Assert.Equal(0, (await silo.Snapshots.GatewayAsync("gtw1", default))!.DrainSecondsLeft);
    }

    [Fact]
    public async Task Drain_AskedAnew_MovesTheEndOrTakesItAwayAndKeepsWhereItBegan()
    {
        await using var silo = await ReadyAsync();
        var gateway = silo.Gateway("gtw1");
        await silo.HeardAsync("gtw1", active: 7);
        var first = (await gateway.ChangeAsync(Drain(null), default)).Drain!;
        Assert.Equal((7, null), (first.Connections, first.Ends));
        silo.Time.Advance(TimeSpan.FromSeconds(3));
        await silo.HeardAsync("gtw1", active: 3);
        var before = await silo.NewestAsync();
        var second = (await gateway.ChangeAsync(Drain(s_hour), default)).Drain!;
        Assert.Equal((first.Began, 7L, silo.Time.GetUtcNow() + s_hour), (second.Began, second.Connections, second.Ends!.Value));
        Assert.Equal(first, (await gateway.ChangeAsync(Drain(null), default)).Drain);
        Assert.Equal(
            [3600, null],
            (await silo.EventsAsync(before)).Select(row => JsonSerializer.Deserialize(row.Payload, ProtocolJson.Default.WantedStateChange)!.DrainSecondsLeft));
        Assert.Equal(new GatewayOrder(WantedState.Draining), await silo.HeardAsync("gtw1"));

        // A change of something else leaves it.
        Assert.Equal(first, (await gateway.ChangeAsync(new ChangeGateway(null, null, null, null, 300, null, null), default)).Drain);
        var active = await gateway.ChangeAsync(Want(WantedState.Active), default);
        Assert.Null(active.Drain);
        Assert.Equal(new GatewayOrder(WantedState.Active), await silo.HeardAsync("gtw1"));
        await gateway.ChangeAsync(Drain(s_hour), default);
        Assert.Null((await gateway.ChangeAsync(Want(WantedState.Disabled), default)).Drain);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(-5)]
    [InlineData((30 * 24 * 3600) + 1)]
    public async Task Drain_WithAnEndThatCannotBe_IsRefused(double seconds)
    {
        await using var silo = await ReadyAsync();
        var refused = await RefusedAsync(RefusalReason.Invalid, () => silo.Gateway("gtw1").ChangeAsync(Drain(TimeSpan.FromSeconds(seconds)), default));
        Assert.Contains("drainFor", refused.Message, StringComparison.Ordinal);
        await RefusedAsync(RefusalReason.Invalid, () => silo.Gateway("gtw1").ChangeAsync(Want(WantedState.Active) with { DrainFor = s_hour }, default));
        Assert.Equal(WantedState.Active, (await silo.Gateway("gtw1").GetAsync(default)).WantedState);
    }

    [Fact]
    public async Task Drained_InTheVeryNextList_IsNotThere()
    {
        await using var silo = await ReadyAsync();
        var ranker = silo.Grains.GetGrain<IGatewayRanker>("default");
        Task<RankedList> ListAsync() => ranker.RankAsync(new RankRequest("acme", 0, []), default);
        // No time passes: the list before is as fresh as can be.
        Assert.Equal(["gtw1", "gtw2"], (await ListAsync()).Gateways.Select(place => place.Gateway).Order());
        await silo.Gateway("gtw1").ChangeAsync(Drain(s_hour), default);
        Assert.Equal(["gtw2"], (await ListAsync()).Gateways.Select(place => place.Gateway));
        await silo.Gateway("gtw1").ChangeAsync(Want(WantedState.Active), default);
        Assert.Equal(2, (await ListAsync()).Gateways.Length);
    }

    [Fact]
    public async Task Drained_WhenRunsOpenAndGoOn_IsPushedNoRoute()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        var opened = await job.OpenRunAsync(Open("laptop"), default);
        await silo.Gateway("gtw1").ChangeAsync(Drain(s_hour), default);
        var before = await silo.NewestAsync();
        var second = await silo.Job("acme", "second").OpenRunAsync(Open("laptop"), default);
        Assert.Equal(["gtw2"], second.Gateways.Gateways.Select(place => place.Gateway));
        // Half of the first route's time is over: who holds it hears of its new end, except who takes nothing new.
        silo.Time.Advance(TimeSpan.FromMinutes(31));
        await silo.HeardAsync("gtw2");
        await job.ReportProgressAsync(1, new RunProgress("laptop", 1, false, opened.Gateways.Version, []), default);
        Assert.Equal(
            ["gateway:gtw2", "gateway:gtw2"],
            (await silo.EventsAsync(before)).Where(row => row.Kind == EdgeEventKinds.RouteOpened).Select(row => row.Audience));
        // What it accepted before may still ask, and it is told when the run ends.
        Assert.NotNull(await silo.Routes.FindAsync(second.ServerName, "gtw1", default));
        before = await silo.NewestAsync();
        await job.FinishRunAsync(1, new RunEnd("laptop", 1, 0, false, null, []), default);
        Assert.Contains((await silo.EventsAsync(before)), row => row is { Kind: EdgeEventKinds.RouteClosed, Audience: "gateway:gtw1" });
    }

    private static ChangeGateway Want(WantedState wanted) => new(wanted, null, null, null, null, null, null);

    private static ChangeGateway Drain(TimeSpan? time) => Want(WantedState.Draining) with { DrainFor = time };

    private static async Task<SiloWorld> ReadyAsync()
    {
        var silo = await StartAsync();
        await silo.AddGatewayAsync("gtw1", 1);
        await silo.AddGatewayAsync("gtw2", 2);
        await silo.AddRepositoryAsync("rep1");
        await silo.AddTenantAsync("acme", "rep1", "laptop");
        return silo;
    }
}
