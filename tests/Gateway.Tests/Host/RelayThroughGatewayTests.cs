using Headgate.Gateway.Listening;
using Headgate.Gateway.Tests.Support;

namespace Headgate.Gateway.Tests.Host;

public sealed class RelayThroughGatewayTests
{
    [Fact]
    public async Task Connection_WhenTheNameIsThePublicOne_ReachesTheTenantApiWithAnAuthenticHeader()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();

        await using (var tls = await gateway.TlsAsync("cc.demo.test"))
        {
            await GatewayUnderTest.EchoAsync(tls, "hello");
            Assert.Equal(1, gateway.Counters.Active);
        }

        var header = Assert.Single(gateway.TenantApi.Headers);
        Assert.Equal(("cc.demo.test", "gtw1"), (header.Authority, header.Gateway));
        Assert.Equal("127.0.0.1", header.Source.Address.ToString());
        Assert.Equal(gateway.EndPoint, header.Destination);
        await Eventually.EqualAsync(0, () => gateway.Counters.Active);
        Assert.True(gateway.Counters.BytesUp > 0 && gateway.Counters.BytesDown > 0);
    }

    [Fact]
    public async Task Connection_WhenTheRouteWasPushed_ReachesItsRepository()
    {
        await using var gateway = new GatewayUnderTest();
        gateway.Edge.Routes[GatewayUnderTest.Route()] = GatewayUnderTest.To(GatewayUnderTest.Route());
        await gateway.StartAsync();

        Assert.True(await gateway.EchoesAsync(GatewayUnderTest.Route()));
        Assert.Equal(GatewayUnderTest.Route(), Assert.Single(gateway.Repository.Headers).Authority);
        Assert.Empty(gateway.Edge.LookedUp);
    }

    [Fact]
    public async Task Connection_WhenTheNameLeadsNowhere_GetsAnAlertAndIsCounted()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();

        var answer = await gateway.ExchangeAsync(new HelloBuilder().Name(GatewayUnderTest.Route()).Record());

        Assert.Equal(TlsAlert.Record(TlsAlert.UnrecognizedName), answer);
        Assert.Equal(1, gateway.Counters.RefusedFor(Refusal.UnknownName));
        Assert.Equal(GatewayUnderTest.Route(), Assert.Single(gateway.Edge.LookedUp));
    }

    [Fact]
    public async Task Connections_WhenManyComeAtOnce_EachReachItsOwnTarget()
    {
        const int Count = 120;
        await using var gateway = new GatewayUnderTest();
        gateway.Edge.Routes[GatewayUnderTest.Route()] = GatewayUnderTest.To(GatewayUnderTest.Route());
        await gateway.StartAsync();

        await Task.WhenAll(Enumerable.Range(0, Count).Select(async i =>
        {
            await using var tls = await gateway.TlsAsync(i % 2 == 0 ? "cc.demo.test" : GatewayUnderTest.Route());
            await GatewayUnderTest.EchoAsync(tls, new string((char)('a' + (i % 26)), 50_000 + i));
        }));

        Assert.Equal((Count / 2, Count / 2), (gateway.TenantApi.Headers.Count, gateway.Repository.Headers.Count));
        Assert.Equal(Count, gateway.Counters.Relayed);
        await Eventually.EqualAsync((0L, 0), () => (gateway.Counters.Active, gateway.Live.Count));
        Assert.Empty(gateway.Counters.Refused());
    }

    [Fact]
    public async Task Connection_WhenTheRouteIsClosedWhileTheTargetIsDialled_IsEnded()
    {
        await using var gateway = new GatewayUnderTest();
        using var full = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        full.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        full.Listen(0);
        gateway.Edge.Targets["repo1"] = gateway.Repository.Target with { Port = ((System.Net.IPEndPoint)full.LocalEndPoint!).Port };
        gateway.Edge.Routes[GatewayUnderTest.Route()] = GatewayUnderTest.To(GatewayUnderTest.Route());
        gateway.Options.DialTimeout = TimeSpan.FromSeconds(60);
        await gateway.StartAsync();

        // The first two fill the backlog; the others wait for the dial.
        var hello = new HelloBuilder().Name(GatewayUnderTest.Route()).Record();
        var waiting = Enumerable.Range(0, 4).Select(_ => gateway.ExchangeAsync(hello)).ToArray();
        await Eventually.EqualAsync(4, () => gateway.Live.Count);
        gateway.Edge.Send(Headgate.Protocol.Edge.EdgeEventKinds.RouteClosed, new Headgate.Protocol.Edge.NameReference(GatewayUnderTest.Route()));
        await Task.WhenAll(waiting).WaitAsync(Eventually.Deadline);
        await Eventually.EqualAsync((0, 0L), () => (gateway.Live.Count, gateway.Counters.Active));

        // Reset, or, when the route was closed before it was found, the alert for names that lead nowhere.
        Assert.All(waiting, exchange => Assert.True(exchange.Result is null || exchange.Result.SequenceEqual(TlsAlert.Record(TlsAlert.UnrecognizedName))));
    }
}
