using System.Diagnostics;
using Headgate.Gateway.Tests.Relay;
using Headgate.Gateway.Tests.Support;
using Headgate.Gateway.Traffic;
using Headgate.Protocol.Edge;

namespace Headgate.Gateway.Tests.Traffic;

public sealed class BandwidthTests
{
    [Fact]
    public void Available_WhenTimePasses_GathersToABurstAndNoFurther()
    {
        var time = new ManualTimeProvider();
        var bandwidth = new Bandwidth(time);
        Assert.Equal(long.MaxValue, bandwidth.Available(time.GetTimestamp()));
        bandwidth.Limit(1_000_000);
        Assert.Equal(100_000, bandwidth.Available(time.GetTimestamp()));
        bandwidth.Charge(300_000, time.GetTimestamp());
        Assert.Equal(0, bandwidth.Available(time.GetTimestamp()));
        Assert.Equal(TimeSpan.FromSeconds(0.25), bandwidth.Until(50_000, time.GetTimestamp()));
        time.Advance(TimeSpan.FromSeconds(0.25));
        Assert.InRange(bandwidth.Available(time.GetTimestamp()), 49_999, 50_000);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(100_000, bandwidth.Available(time.GetTimestamp()));
        bandwidth.Limit(null);
        Assert.Equal(long.MaxValue, bandwidth.Available(time.GetTimestamp()));
    }

    [Fact]
    public void Limit_WhenTheShareGrows_LetsTheDebtBeWorkedOffSooner()
    {
        var time = new ManualTimeProvider();
        var bandwidth = new Bandwidth(time);
        bandwidth.Limit(8 * 1024);
        bandwidth.Charge(1024 * 1024, time.GetTimestamp());
        Assert.InRange(bandwidth.Until(64 * 1024, time.GetTimestamp()).TotalSeconds, 127, 129);
        bandwidth.Limit(1024 * 1024);
        Assert.InRange(bandwidth.Until(64 * 1024, time.GetTimestamp()).TotalSeconds, 0.9, 1);
        time.Advance(TimeSpan.FromSeconds(1));
        bandwidth.Limit(2 * 1024 * 1024);
        Assert.InRange(bandwidth.Available(time.GetTimestamp()), 200_000, 210_000);
    }

    [Fact]
    public void Enter_WhenTheLimitIsNew_GivesAnEighthUntilTheSiloHasShared()
    {
        var time = new ManualTimeProvider();
        var meters = new TenantMeters(time);
        var meter = meters.Enter("acme", 16_000_000);
        Assert.Equal(200_000, meter.Up.Available(time.GetTimestamp()));
        meters.Apply([new BandwidthShare("acme", 4_000_000, null)]);
        Assert.Equal((400_000, long.MaxValue), (meter.Up.Available(time.GetTimestamp()), meter.Down.Available(time.GetTimestamp())));
        Assert.Same(meter, meters.Enter("acme", 16_000_000));
        Assert.Equal(400_000, meter.Up.Available(time.GetTimestamp()));
        meters.Leave(meter);
        meters.Leave(meter);
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.Empty(meters.Report(10));
        Assert.Equal(200_000, meters.Enter("acme", 16_000_000).Up.Available(time.GetTimestamp()));
        Assert.False(meters.Enter(null, null).Up.IsLimited);
    }

    [Theory]
    [InlineData(RelayEngine.Epoll, true)]
    [InlineData(RelayEngine.Epoll, false)]
    [InlineData(RelayEngine.Managed, true)]
    public async Task Tenant_WhenItHasAShare_MovesNoMoreAndItsConnectionsFareAlike(RelayEngine kind, bool isUp)
    {
        const int Share = 8_000_000;
        const int Connections = 4;
        await using var engine = EngineUnderTest.Start(kind, tenants: [("acme", 8L * Share), ("bolt", null)]);
        var pairs = new List<RelayedPair>();
        for (var i = 0; i < Connections; i++)
        {
            pairs.Add(await engine.RelayAsync(EngineUnderTest.Name("acme")));
        }

        using var end = new CancellationTokenSource();
        var received = new long[Connections];
        var began = Stopwatch.GetTimestamp();
        var sends = pairs.Select(pair => SendAsync(isUp ? pair.Tenant : pair.Target, end.Token)).ToArray();
        var receives = pairs.Select((pair, i) => CountAsync(isUp ? pair.Target : pair.Tenant, n => Interlocked.Add(ref received[i], n))).ToArray();
        await Eventually.TrueAsync(() => received.Sum() >= 2 * Share, () => $"{received.Sum()} bytes came");
        var bytes = received.ToArray();
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;

        // Never more than the share, one burst and a transfer of each; whether a busy machine reaches the share is no matter of this test.
        Assert.True(bytes.Sum() <= (Share * seconds) + (Share / 10) + (Connections * 1024 * 1024), $"{bytes.Sum()} bytes in {seconds} s");
        if (kind == RelayEngine.Epoll)
        {
            // One end of the test may be late, one connection that is held back more than others stays behind.
            await Eventually.TrueAsync(() => received.Max() < 2 * received.Min(), () => $"unfair: {string.Join(", ", received)}");
        }

        var traffic = engine.Meters.Report(10).Single(one => one.Tenant == "acme");
        Assert.Equal((Connections, isUp, !isUp), (traffic.Connections, traffic.UpHeldBack, traffic.DownHeldBack));

        // Another tenant is not held back by this one's limit.
        using (var other = await engine.RelayAsync(EngineUnderTest.Name("bolt")))
        {
            await other.EchoAsync();
            await Task.WhenAll(Streams.SendRandomAsync(other.Tenant, 16 * 1024 * 1024, 3), Streams.HashToEndAsync(other.Target)).WaitAsync(Eventually.Deadline);
        }

        // Lifted, whoever waits goes on.
        engine.Meters.Apply([new BandwidthShare("acme", null, null)]);
        var before = received.Sum();
        await Eventually.TrueAsync(() => received.Sum() > before + (4L * Share), () => "the limit was not lifted");
        await end.CancelAsync();
        pairs.ForEach(pair => pair.Dispose());
        await Task.WhenAll([.. sends, .. receives]).WaitAsync(Eventually.Deadline);
    }

    private static async Task SendAsync(System.Net.Sockets.Socket socket, CancellationToken cancellationToken)
    {
        var bytes = new byte[64 * 1024];
        try
        {
            while (true)
            {
                await socket.SendAsync(bytes, cancellationToken);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static async Task CountAsync(System.Net.Sockets.Socket socket, Action<int> count)
    {
        var bytes = new byte[64 * 1024];
        try
        {
            while (await socket.ReceiveAsync(bytes) is > 0 and var read)
            {
                count(read);
            }
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
