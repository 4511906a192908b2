using System.Net.Security;
using System.Net.Sockets;
using Headgate.Gateway.Draining;
using Headgate.Gateway.Heartbeat;
using Headgate.Gateway.Listening;
using Headgate.Gateway.Relay.Epoll;
using Headgate.Gateway.Tests.Support;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Services;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Gateway.Tests.Host;

public sealed class DrainTests
{
    [Fact]
    public async Task Drain_WhenItsTimeIsOver_ResetsWhatIsLeftAndCountsIt()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();
        await using var first = await gateway.TlsAsync("cc.demo.test");
        await using var second = await gateway.TlsAsync("cc.demo.test");
        Drain(gateway, 600);
        await Eventually.TrueAsync(() => Progress(gateway) is { Left: 2, AtStart: 2, SecondsLeft: > 0 }, () => $"{Progress(gateway)}");
        await GatewayUnderTest.EchoAsync(first, "until then it goes on");
        second.Close();
        await Eventually.TrueAsync(() => Progress(gateway) is { Left: 1, AtStart: 2 }, () => $"{Progress(gateway)}");

        var status = StatusFile.Read(gateway.Options.DataFolder)!;
        await Eventually.TrueAsync(() => StatusFile.Read(gateway.Options.DataFolder)!.Written > status.Written, () => "no status is written");
        Assert.Equal("Draining", StatusFile.Read(gateway.Options.DataFolder)!.WantedState);

        Drain(gateway, 1);
        await AssertResetAsync(first);
        await Eventually.EqualAsync(0, () => gateway.Live.Count);
        await Eventually.EqualAsync(1, () => gateway.Counters.ResetByDrain);
        await Eventually.EqualAsync(1, () => StatusFile.Read(gateway.Options.DataFolder)!.ResetByDrain);
        await Eventually.TrueAsync(() => Progress(gateway) is { Left: 0, AtStart: 2, SecondsLeft: 0 }, () => $"{Progress(gateway)}");
    }

    [Fact]
    public async Task Drain_WhenALoopIsLateToEndAConnection_CountsItOnce()
    {
        await using var gateway = new GatewayUnderTest();
        gateway.Options.RelayLoops = 1;
        await gateway.StartAsync();
        Assert.SkipUnless(gateway.Services.GetRequiredService<IConnectionEngine>() is EpollEngine, "The other engine has no loops.");
        await using var tls = await gateway.TlsAsync("cc.demo.test");
        using var goOn = new ManualResetEventSlim();
        ((EpollEngine)gateway.Services.GetRequiredService<IConnectionEngine>()).Loops[0].Post(LoopCommand.RunOf(() => goOn.Wait(Eventually.Deadline)));
        Drain(gateway, 0);
        await Eventually.EqualAsync(1, () => gateway.Counters.ResetByDrain);

        // A deadline that moves is a reason to look, besides the one of every second.
        Drain(gateway, 600);
        await Eventually.TrueAsync(() => gateway.Table.DrainLeft > TimeSpan.FromSeconds(500), () => $"{Progress(gateway)}");
        Drain(gateway, 0);
        var beats = gateway.Edge.Heartbeats.Count;
        await Eventually.TrueAsync(() => gateway.Table.DrainLeft == TimeSpan.Zero && gateway.Edge.Heartbeats.Count > beats + 2, () => $"{Progress(gateway)}");
        goOn.Set();
        await AssertResetAsync(tls);
        Assert.Equal(1, gateway.Counters.ResetByDrain);
    }

    [Fact]
    public async Task Drain_WhenItIsCancelledInTime_ResetsNothingAndServesAgain()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();
        await using var tls = await gateway.TlsAsync("cc.demo.test");
        Drain(gateway, 600);
        await Eventually.EqualAsync(0, () => gateway.Listeners.Listening.Count);
        gateway.Edge.Wanted = GatewayWantedState.Active;
        gateway.Edge.DrainSecondsLeft = null;
        gateway.Edge.Send(EdgeEventKinds.WantedState, new WantedStateChange(GatewayWantedState.Active));
        await Eventually.EqualAsync(1, () => gateway.Listeners.Listening.Count);
        Assert.Null(Progress(gateway));
        Assert.Null(gateway.Table.DrainLeft);
        await GatewayUnderTest.EchoAsync(tls, "the stream went on");
        Assert.True(await gateway.EchoesAsync("cc.demo.test"));
        Assert.Equal(0, gateway.Counters.ResetByDrain);
    }

    [Fact]
    public async Task Drain_WhenOnlyHeartbeatsMoveTheDeadline_ObeysTheNewest()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();
        await using var tls = await gateway.TlsAsync("cc.demo.test");
        gateway.Edge.Wanted = GatewayWantedState.Draining;
        await Eventually.TrueAsync(() => Progress(gateway) is { Left: 1, SecondsLeft: null }, () => $"{Progress(gateway)}");
        gateway.Edge.DrainSecondsLeft = 600;
        await Eventually.TrueAsync(() => Progress(gateway) is { SecondsLeft: > 500 }, () => $"{Progress(gateway)}");
        await GatewayUnderTest.EchoAsync(tls, "there is time");
        gateway.Edge.DrainSecondsLeft = 0;
        await AssertResetAsync(tls);
    }

    [Fact]
    public async Task Drain_WhenTheSiloGoesAway_EndsByTheGatewaysOwnClock()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();
        await using var tls = await gateway.TlsAsync("cc.demo.test");
        Drain(gateway, 2);
        await Eventually.TrueAsync(() => Progress(gateway) is { SecondsLeft: not null }, () => $"{Progress(gateway)}");
        await gateway.Edge.StopAsync();
        await AssertResetAsync(tls);
    }

    [Fact]
    public async Task Service_WhileDrained_SaysHowManyAreLeftAndHowLong()
    {
        var manager = new ListeningManager();
        await using var gateway = new GatewayUnderTest();
        gateway.Options.Manager = manager;
        await gateway.StartAsync();
        await using var tls = await gateway.TlsAsync("cc.demo.test");
        Drain(gateway, 290);
        await Eventually.TrueAsync(
            () => manager.Said.StartsWith("Gateway gtw1 is drained by the provider: 1 connection left, closed in 4 min ", StringComparison.Ordinal), () => manager.Said);
        tls.Close();
        await Eventually.EqualAsync("Gateway gtw1 is drained by the provider: no connection left.", () => manager.Said);
    }

    private static void Drain(GatewayUnderTest gateway, double seconds)
    {
        var until = TimeProvider.System.GetUtcNow().AddSeconds(seconds);
        gateway.Edge.Wanted = GatewayWantedState.Draining;
        gateway.Edge.DrainSecondsLeft = seconds;
        gateway.Edge.Answered = _ =>
        {
            gateway.Edge.DrainSecondsLeft = Math.Max(0, (until - TimeProvider.System.GetUtcNow()).TotalSeconds);
            return null;
        };
        gateway.Edge.Send(EdgeEventKinds.WantedState, new WantedStateChange(GatewayWantedState.Draining, seconds));
    }

    private static DrainProgress? Progress(GatewayUnderTest gateway) => gateway.Services.GetRequiredService<DrainWatch>().Progress;

    private static async Task AssertResetAsync(SslStream tls)
    {
        var end = await Assert.ThrowsAnyAsync<IOException>(async () => await tls.ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(Eventually.Deadline));
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(end.InnerException).SocketErrorCode);
    }

    /// <summary>A service manager that remembers the last status.</summary>
    private sealed class ListeningManager : IServiceManager
    {
        private volatile string _said = "";

        public string Said => _said;

        public TimeSpan? WatchdogInterval => null;

        public void Ready(string status) => _said = status;

        public void Status(string status) => _said = status;

        public void Alive()
        {
        }

        public void Stopping(string status) => _said = status;

        public void ExtendTimeout(TimeSpan by)
        {
        }
    }
}
