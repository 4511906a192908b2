using System.Net.Sockets;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Tests.Scripted;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests.Forwarding;

public sealed class RouteDialerTests
{
    [Fact]
    public async Task Connections_WhileTheFirstGatewayWorks_UseIt()
    {
        await using var fixture = await ForwarderFixture.StartAsync(2);
        await fixture.GetAsync("/pc1/config");
        await fixture.GetAsync("/pc1/config");
        Assert.Equal([2, 0], fixture.World.Gateways.Select(gateway => gateway.Accepted));
        Assert.False(fixture.Record.NetworkFailed);
        Assert.Equal(new GatewayTrial("gtw1", 1, 0), Assert.Single(fixture.Record.TakeTrials()!));
    }

    [Theory]
    [InlineData(GatewayMode.Reset, DialFailure.ClosedInHandshake, "connection reset during the TLS handshake")]
    [InlineData(GatewayMode.Silent, DialFailure.TlsTimeout, "connected, but no TLS handshake within 10 s")]
    [InlineData(GatewayMode.PlaintextAlert, DialFailure.NoTls, "TLS alert: ")]
    [InlineData(GatewayMode.NoTls, DialFailure.NoTls, "")]
    internal async Task Connections_WhenTheFirstGatewayFails_UseTheNextAndStayThere(GatewayMode mode, DialFailure failure, string why)
    {
        var clock = World.StillClock();
        await using var fixture = await ForwarderFixture.StartAsync(2, dialTime: clock);
        fixture.World.Gateways[0].Mode = mode;
        var first = fixture.GetAsync("/pc1/config");
        if (mode == GatewayMode.Silent)
        {
            await fixture.World.Gateways[0].OutwaitAsync(clock, ForwarderFixture.Dial.Tls);
        }

        Assert.StartsWith("HTTP/1.1 404 ", await first, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404 ", await fixture.GetAsync("/pc1/config"), StringComparison.Ordinal);
        Assert.Equal([1, 2], fixture.World.Gateways.Select(gateway => gateway.Accepted));
        var failed = Assert.Single(fixture.Record.Failures());
        Assert.Equal(("gtw1", failure), (failed.Gateway, failed.Failure));
        Assert.StartsWith(why, failed.Why, StringComparison.Ordinal);
        var step = Assert.Single(fixture.Record.Path());
        Assert.Equal(("gtw2", 2, PathReasons.Next, "gtw1"), (step.Gateway, step.Connections, step.Reason, step.After));
        Assert.Null(fixture.Record.Refusal);
        Assert.Equal([new GatewayTrial("gtw1", 0, 1), new GatewayTrial("gtw2", 1, 0)], fixture.Record.TakeTrials());
        Assert.Null(fixture.Record.TakeTrials());
    }

    [Fact]
    public async Task Connections_WhenTheFirstGatewayIsGone_UseTheNext()
    {
        await using var fixture = await ForwarderFixture.StartAsync(2);
        fixture.World.Gateways[0].Die();
        Assert.StartsWith("HTTP/1.1 404 ", await fixture.GetAsync("/pc1/config"), StringComparison.Ordinal);
        Assert.Equal("connection refused", Assert.Single(fixture.Record.Failures()).Why);
    }

    [Theory]
    [InlineData(GatewayMode.ResetAfterHandshake)]
    [InlineData(GatewayMode.AlertAfterHandshake)]
    internal async Task Connections_WhenAGatewayPassesTheHandshakeAndNothingElse_LeaveItAndTakeNoWordFromIt(GatewayMode mode)
    {
        await using var fixture = await ForwarderFixture.StartAsync(2);
        fixture.World.Gateways[0].Mode = mode;
        await Record.ExceptionAsync(() => fixture.GetAsync("/pc1/config"));
        await Until.TrueAsync(() => fixture.Record.ConnectionsLost == 1, () => $"{fixture.Record.ConnectionsLost} lost, {fixture.Record.Refusal}");
        Assert.Null(fixture.Record.Refusal);
        Assert.StartsWith("HTTP/1.1 404 ", await fixture.GetAsync("/pc1/config"), StringComparison.Ordinal);
        Assert.Equal(1, fixture.World.Gateways[1].Accepted);
        Assert.Equal([new GatewayTrial("gtw1", 0, 1), new GatewayTrial("gtw2", 1, 0)], fixture.Record.TakeTrials());
    }

    [Fact]
    public async Task Connections_WhenTheyLeadToAnotherRepository_AreRefusedAndItIsNamed()
    {
        await using var fixture = await ForwarderFixture.StartAsync(2);
        fixture.World.Provider.RepositoryCertificate = fixture.World.Authority.Repository("nas2");
        var answer = await fixture.GetAsync("/pc1/config");
        Assert.StartsWith("HTTP/1.1 503 No gateway answers for repository nas1. Tried gtw1 ", answer, StringComparison.Ordinal);
        Assert.Contains("it led to urn:headgate:repository:nas2 instead of repository nas1", answer, StringComparison.Ordinal);
        Assert.Empty(fixture.World.Provider.RepositoryRequests);
        Assert.All(fixture.Record.Failures(), failure => Assert.Equal(DialFailure.WrongCertificate, failure.Failure));
        // All failed alike: that is no gateway's fault.
        Assert.Null(fixture.Record.TakeTrials());
    }

    [Fact]
    public async Task Connections_WhenTheCertificateIsOfAnotherAuthority_AreRefused()
    {
        await using var fixture = await ForwarderFixture.StartAsync(1);
        using var other = new TestAuthority();
        fixture.World.Provider.RepositoryCertificate = other.Repository(ScriptedProvider.RepositoryId);
        Assert.Contains("is not of this provider's authority", await fixture.GetAsync("/pc1/config"), StringComparison.Ordinal);
        Assert.Empty(fixture.World.Provider.RepositoryRequests);
    }

    [Fact]
    public async Task Connections_WhenTheCertificateIsASilos_AreRefused()
    {
        await using var fixture = await ForwarderFixture.StartAsync(1);
        fixture.World.Provider.RepositoryCertificate = fixture.World.Provider.SiloCertificate;
        Assert.Contains("urn:headgate:silo:silo1 instead of repository nas1", await fixture.GetAsync("/pc1/config"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_WhenEveryGatewayFails_GetASentenceThatNamesEachAndAFreshList()
    {
        await using var fixture = await ForwarderFixture.StartAsync(2);
        fixture.World.Gateways[0].Die();
        fixture.World.Gateways[1].Mode = GatewayMode.Reset;
        var answer = await fixture.GetAsync("/pc1/config");
        var line = answer[..answer.IndexOf('\r', StringComparison.Ordinal)];
        Assert.StartsWith("HTTP/1.1 503 ", line, StringComparison.Ordinal);
        Assert.Contains($"gtw1 {fixture.World.Gateways[0].Endpoint}: connection refused", line, StringComparison.Ordinal);
        Assert.Contains($"gtw2 {fixture.World.Gateways[1].Endpoint}: connection reset during the TLS handshake", line, StringComparison.Ordinal);
        Assert.Equal(1, fixture.Refreshes);
    }

    [Fact]
    public async Task Connections_WhenAFreshListHasAnotherGateway_UseIt()
    {
        await using var fixture = await ForwarderFixture.StartAsync(2);
        fixture.World.UseList(1, [0]);
        fixture.Forwarder.Begin(fixture.Ticket());
        fixture.World.Gateways[0].Die();
        fixture.OnRefresh = () => new GatewayList(2, false, [fixture.World.Entry(0, 1), fixture.World.Entry(1, 2)]);
        Assert.StartsWith("HTTP/1.1 404 ", await fixture.GetAsync("/pc1/config"), StringComparison.Ordinal);
        Assert.Equal(1, fixture.Refreshes);
    }

    [Fact]
    public async Task Connections_WhenManyAreAtTheEndOfTheirPass_ShareOneFreshList()
    {
        var clock = World.StillClock();
        await using var fixture = await ForwarderFixture.StartAsync(1, dialTime: clock);
        fixture.World.Gateways[0].Mode = GatewayMode.Silent;
        fixture.OnRefresh = () => fixture.World.Provider.Gateways;
        var asking = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => fixture.GetAsync("/pc1/config")));
        await fixture.World.Gateways[0].OutwaitAsync(clock, ForwarderFixture.Dial.Tls, dials: 8);
        await fixture.World.Gateways[0].OutwaitAsync(clock, ForwarderFixture.Dial.Tls, dials: 16);
        Assert.All(await asking, answer => Assert.StartsWith("HTTP/1.1 503 ", answer, StringComparison.Ordinal));
        Assert.InRange(fixture.Refreshes, 1, 7);
    }

    [Fact]
    public async Task Connections_WhenTheRepositoryRefusesTheCertificateWithAnAlert_AreFinal()
    {
        await using var fixture = await ForwarderFixture.StartAsync(2);
        await using var server = await OpenSslServer.StartAsync(fixture.World);
        fixture.World.Gateways[0].Target = server.Endpoint;
        var answer = await fixture.GetAsync("/pc1/config");
        Assert.StartsWith("HTTP/1.1 403 Repository nas1 refused this machine's certificate or its route (decrypt error).", answer, StringComparison.Ordinal);
        Assert.StartsWith("Repository nas1 refused", fixture.Record.Refusal, StringComparison.Ordinal);
        Assert.True(fixture.Record.Refused.IsCancellationRequested);
        Assert.Equal(0, fixture.World.Gateways[1].Accepted);
    }

    [Fact]
    public async Task Connections_WhenTheRepositoryEndsThemWithoutAWord_AreLostAndTheNextGatewayIsTried()
    {
        // .NET's server on Linux refuses a client certificate by ending the connection: no alert, and so no proof of who ended it.
        await using var fixture = await ForwarderFixture.StartAsync(2);
        fixture.World.Provider.RefuseConnectors = true;
        for (var i = 0; i < 2; i++)
        {
            var fault = await Assert.ThrowsAsync<SocketException>(() => fixture.GetAsync("/pc1/config"));
            Assert.Equal(SocketError.ConnectionReset, fault.SocketErrorCode);
        }

        Assert.Equal([1, 1], fixture.World.Gateways.Select(gateway => gateway.Accepted));
        Assert.Equal(2, fixture.Record.ConnectionsLost);
        Assert.Null(fixture.Record.Refusal);
    }
}
