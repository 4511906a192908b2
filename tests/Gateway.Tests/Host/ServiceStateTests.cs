using System.Net;
using System.Net.Sockets;
using Headgate.Gateway.Tests.Support;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Problems;

namespace Headgate.Gateway.Tests.Host;

public sealed class ServiceStateTests
{
    [Fact]
    public async Task Gateway_WhenItNeverHeardASilo_RefusesConnectionsUntilItDoes()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.Edge.StartAsync();
        await gateway.Edge.StopAsync();

        // Bound, so that nobody else is given the port; the gateway binds beside it.
        using var place = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        place.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        gateway.Options.Listen[0] = place.LocalEndPoint!.ToString()!;
        await gateway.StartGatewayAsync();
        await AssertRefusedAsync(gateway.Options.Listen[0]);
        Assert.Empty(gateway.EndPoints);

        await gateway.Edge.StartAsync();
        await Eventually.EqualAsync(1, () => gateway.EndPoints.Count);
        Assert.True(await gateway.EchoesAsync("cc.demo.test"));
    }

    [Fact]
    public async Task Gateway_WhenDrained_RefusesNewConnectionsLetsStreamsGoOnAndComesBackOnTheSamePort()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();
        await using var tls = await gateway.TlsAsync("cc.demo.test");

        gateway.Edge.Wanted = GatewayWantedState.Draining;
        gateway.Edge.Send(EdgeEventKinds.WantedState, new WantedStateChange(GatewayWantedState.Draining));
        await Eventually.EqualAsync(0, () => gateway.Listeners.Listening.Count);
        await AssertRefusedAsync(gateway.EndPoint.ToString());
        await GatewayUnderTest.EchoAsync(tls, "the stream goes on");

        gateway.Edge.Wanted = GatewayWantedState.Active;
        gateway.Edge.Send(EdgeEventKinds.WantedState, new WantedStateChange(GatewayWantedState.Active));
        await Eventually.EqualAsync(1, () => gateway.Listeners.Listening.Count);
        Assert.True(await gateway.EchoesAsync("cc.demo.test"));
        await GatewayUnderTest.EchoAsync(tls, "still");
    }

    [Fact]
    public async Task Gateway_WhenDisabled_ClosesItsSocketsAndEveryStream()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();
        await using var tls = await gateway.TlsAsync("cc.demo.test");

        gateway.Edge.Wanted = GatewayWantedState.Disabled;
        gateway.Edge.Send(EdgeEventKinds.WantedState, new WantedStateChange(GatewayWantedState.Disabled));
        await AssertEndsAsync(tls);
        await Eventually.EqualAsync((0, 0), () => (gateway.Listeners.Listening.Count, gateway.Live.Count));
        await AssertRefusedAsync(gateway.EndPoint.ToString());
    }

    [Fact]
    public async Task Gateway_WhenOnlyAHeartbeatSaysSo_ObeysToo()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();
        gateway.Edge.Wanted = GatewayWantedState.Draining;
        await Eventually.EqualAsync(0, () => gateway.Listeners.Listening.Count);
    }

    [Fact]
    public async Task Gateway_WhenAnEventOvertakesAHeartbeatsAnswer_ObeysTheEvent()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();
        var flips = 0;
        gateway.Table.ServiceChanged += () => flips += gateway.Table.Wanted == GatewayWantedState.Active ? 1 : 0;
        gateway.Edge.Answered = _ =>
        {
            // This answer says Active still.
            gateway.Edge.Answered = null;
            gateway.Edge.Wanted = GatewayWantedState.Draining;
            gateway.Edge.Send(EdgeEventKinds.WantedState, new WantedStateChange(GatewayWantedState.Draining));
            SpinWait.SpinUntil(() => gateway.Table.Wanted == GatewayWantedState.Draining, Eventually.Deadline);
            return null;
        };
        await Eventually.EqualAsync(GatewayWantedState.Draining, () => gateway.Table.Wanted);
        var beats = gateway.Edge.Heartbeats.Count;
        await Eventually.TrueAsync(() => gateway.Edge.Heartbeats.Count >= beats + 2, () => "no heartbeats come");
        Assert.Equal((0, GatewayWantedState.Draining), (flips, gateway.Table.Wanted));
    }

    [Fact]
    public async Task Gateway_WhenItsCertificateIsRevoked_ServesNobody()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();
        await using var tls = await gateway.TlsAsync("cc.demo.test");
        gateway.Edge.HeartbeatProblem = new ProblemAnswer { Status = 403, Code = ProblemCodes.Revoked, Detail = "The certificate was revoked." };
        await AssertEndsAsync(tls);
        await Eventually.EqualAsync(0, () => gateway.Listeners.Listening.Count);
    }

    [Fact]
    public async Task Heartbeat_WhileItRuns_TellsLoadThatOnlyGrows()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();
        await gateway.ExchangeAsync(new HelloBuilder().Name("www.example.com").Record());
        await using var tls = await gateway.TlsAsync("cc.demo.test");
        await GatewayUnderTest.EchoAsync(tls, "hello");
        await Eventually.TrueAsync(() => gateway.Edge.Heartbeats.LastOrDefault() is { ActiveConnections: 1, AcceptedConnections: 2, BytesUp: > 0, BytesDown: > 0 }, () => $"{gateway.Edge.Heartbeats.LastOrDefault()}");
        var last = gateway.Edge.Heartbeats.Last();
        Assert.Equal(1, last.Refused["unknown-name"]);
        Assert.Equal(gateway.Counters.Epoch, last.Epoch);
        Assert.Equal("0.1.0", last.Version);
    }

    [Fact]
    public async Task Route_WhenClosed_EndsItsStreamsAndNoOthers()
    {
        await using var gateway = new GatewayUnderTest();
        var (closed, other) = (GatewayUnderTest.Route('a'), GatewayUnderTest.Route('b'));
        gateway.Edge.Routes[closed] = GatewayUnderTest.To(closed);
        gateway.Edge.Routes[other] = GatewayUnderTest.To(other);
        await gateway.StartAsync();
        await using var ends = await gateway.TlsAsync(closed);
        await using var goesOn = await gateway.TlsAsync(other);

        gateway.Edge.Send(EdgeEventKinds.RouteClosed, new NameReference(closed));
        await AssertEndsAsync(ends);
        await GatewayUnderTest.EchoAsync(goesOn, "still");
        Assert.False(await gateway.EchoesAsync(closed));
        Assert.Equal(1, gateway.Counters.RefusedFor(Refusal.UnknownName));
    }

    [Fact]
    public async Task Target_WhenItIsRemovedOrMissingFromASnapshot_EndsItsStreamsAndNoOthers()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();
        await using var second = new TlsEchoTarget("repo2");
        await using var third = new TlsEchoTarget("repo3");
        var (removed, missing) = (GatewayUnderTest.Route('c'), GatewayUnderTest.Route('d'));
        gateway.Edge.Send(EdgeEventKinds.TargetChanged, second.Target);
        gateway.Edge.Send(EdgeEventKinds.TargetChanged, third.Target);
        gateway.Edge.Send(EdgeEventKinds.RouteOpened, GatewayUnderTest.To(removed, "repo2"));
        gateway.Edge.Send(EdgeEventKinds.RouteOpened, GatewayUnderTest.To(missing, "repo3"));
        await Eventually.EqualAsync(2, () => gateway.Table.RouteCount);
        await using var toSecond = await gateway.TlsAsync(removed);
        await using var toThird = await gateway.TlsAsync(missing);
        await using var goesOn = await gateway.TlsAsync("cc.demo.test");

        gateway.Edge.Send(EdgeEventKinds.TargetRemoved, new NameReference("repo2"));
        await AssertEndsAsync(toSecond);
        await GatewayUnderTest.EchoAsync(toThird, "still");

        // A repository that was revoked in a gap of the stream; its route was not closed.
        gateway.Edge.Routes[missing] = GatewayUnderTest.To(missing, "repo3");
        gateway.Edge.SendRaw("event: snapshot\ndata: unreadable\n\n");
        await AssertEndsAsync(toThird);
        await GatewayUnderTest.EchoAsync(goesOn, "still");
    }

    [Fact]
    public async Task Heartbeat_WhenTheGatewayStops_SaysSoLast()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();

        // The second is sent when the first was answered.
        await Eventually.TrueAsync(() => gateway.Edge.Heartbeats.Count >= 2, () => $"{gateway.Edge.Heartbeats.Count} heartbeats");
        Assert.All(gateway.Edge.Heartbeats, heartbeat => Assert.False(heartbeat.Stopping));

        await gateway.StopGatewayAsync();

        Assert.Single(gateway.Edge.Heartbeats, heartbeat => heartbeat.Stopping);
    }

    [Fact]
    public async Task Events_WhenTheyCome_ChangeRoutesAndTargets()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();
        await using var second = new TlsEchoTarget("repo2");
        var name = GatewayUnderTest.Route('c');
        gateway.Edge.Send("an-event-of-a-newer-silo", new NameReference("x"));
        gateway.Edge.Send(EdgeEventKinds.TargetChanged, second.Target);
        gateway.Edge.Send(EdgeEventKinds.RouteOpened, GatewayUnderTest.To(name, "repo2"));
        await Eventually.EqualAsync(1, () => gateway.Table.RouteCount);
        Assert.True(await gateway.EchoesAsync(name));
        Assert.Single(second.Headers);

        gateway.Edge.Send(EdgeEventKinds.TargetRemoved, new NameReference("repo2"));
        await Eventually.TrueAsync(() => gateway.Table.Target("repo2") is null, () => "still there");
        Assert.False(await gateway.EchoesAsync(name));
        Assert.Equal(1, gateway.Counters.RefusedFor(Refusal.TargetUnknown));
        Assert.Empty(gateway.Edge.LookedUp);
    }

    [Fact]
    public async Task Stream_WhenItBreaks_ComesBackAfterTheLastEvent()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();
        gateway.Edge.Send(EdgeEventKinds.RouteOpened, GatewayUnderTest.To(GatewayUnderTest.Route('a')));
        await Eventually.EqualAsync(1, () => gateway.Table.RouteCount);
        gateway.Edge.BreakStreams();
        await Eventually.EqualAsync(2, () => gateway.Edge.StreamsAfter.Count);
        Assert.Equal([null, 2], gateway.Edge.StreamsAfter);
        Assert.Equal(1, gateway.Table.RouteCount);
    }

    [Fact]
    public async Task Stream_WhenAnEventCannotBeRead_AsksForASnapshot()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();
        gateway.Edge.SendRaw("id: 9\nevent: route-opened\ndata: {not json\n\n");
        await Eventually.EqualAsync(2, () => gateway.Edge.StreamsAfter.Count);
        Assert.Equal([null, null], gateway.Edge.StreamsAfter);
        Assert.True(await gateway.EchoesAsync("cc.demo.test"));
    }

    [Fact]
    public async Task Listen_WhenSeveralAreGiven_TakesConnectionsOnEach()
    {
        await using var gateway = new GatewayUnderTest();
        gateway.Options.Listen.Add("[::1]:0");
        await gateway.StartAsync();
        Assert.Equal([AddressFamily.InterNetwork, AddressFamily.InterNetworkV6], gateway.EndPoints.Select(endPoint => endPoint.AddressFamily));
        using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(gateway.EndPoints[1]);
        await socket.SendAsync(new HelloBuilder().Name("cc.demo.test").Record());
        await Eventually.EqualAsync(1, () => gateway.TenantApi.Headers.Count);
        Assert.Equal(gateway.EndPoints[1], Assert.Single(gateway.TenantApi.Headers).Destination);
    }

    [Fact]
    public async Task Listen_WhenThePortIsTaken_CannotStartAndSaysWhich()
    {
        await using var gateway = new GatewayUnderTest();
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        gateway.Options.Listen[0] = other.LocalEndpoint.ToString()!;
        await gateway.Edge.StartAsync();
        var error = await Assert.ThrowsAsync<GatewayStartException>(gateway.StartGatewayAsync);
        Assert.Contains("--listen " + other.LocalEndpoint, error.Message, StringComparison.Ordinal);
    }

    private static async Task AssertEndsAsync(Stream stream) =>
        await Assert.ThrowsAnyAsync<IOException>(async () => await stream.ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(Eventually.Deadline));

    private static async Task AssertRefusedAsync(string endPoint)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var error = await Assert.ThrowsAsync<SocketException>(() => socket.ConnectAsync(IPEndPoint.Parse(endPoint)));
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }
}
