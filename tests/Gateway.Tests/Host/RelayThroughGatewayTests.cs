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
}
