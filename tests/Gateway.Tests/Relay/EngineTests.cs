using System.Net.Sockets;
using Headgate.Gateway.Relay;
using Headgate.Gateway.Tests.Support;

namespace Headgate.Gateway.Tests.Relay;

/// <summary>What every engine must do with the bytes and the ends of a stream.</summary>
public sealed class EngineTests
{
    private const int Large = 24 * 1024 * 1024;
    private static readonly TimeSpan s_idle = new GatewayOptions().IdleTimeout;
    private static readonly TimeSpan s_stall = new GatewayOptions().StallTimeout;

    public static TheoryData<RelayEngine, bool> EnginesAndSides => new()
    {
        { RelayEngine.Epoll, true }, { RelayEngine.Epoll, false }, { RelayEngine.Managed, true }, { RelayEngine.Managed, false },
    };

    [Theory]
    [InlineData(RelayEngine.Epoll, 256)]
    [InlineData(RelayEngine.Epoll, 2)]
    [InlineData(RelayEngine.Epoll, 0)]
    [InlineData(RelayEngine.Managed, 0)]
    public async Task Streams_WhenBothSidesSendAtOnce_DeliverEveryByteAndCount(RelayEngine kind, int pipes)
    {
        await using var engine = EngineUnderTest.Start(kind, change: options => options.RelayPipes = pipes);
        var pairs = new List<RelayedPair>();
        var all = new List<Task>();
        for (var i = 0; i < 4; i++)
        {
            var pair = await engine.RelayAsync();
            pairs.Add(pair);
            all.Add(AssertSameAsync(Streams.SendRandomAsync(pair.Tenant, Large + i, i), Streams.HashToEndAsync(pair.Target)));
            all.Add(AssertSameAsync(Streams.SendRandomAsync(pair.Target, Large - i, i + 10), Streams.HashToEndAsync(pair.Tenant)));
        }

        await Task.WhenAll(all).WaitAsync(Eventually.Deadline);
        for (var i = 0; i < 4; i++)
        {
            var end = await engine.EndAsync();
            Assert.Equal(RelayEnd.Completed, end.End);
            Assert.Contains(end, Enumerable.Range(0, 4).Select(i => new RelayResult(RelayEnd.Completed, Large + i + pairs[i].HelloBytes, Large - i)));
        }

        Assert.Equal((4L * Large) + 6 + (4 * pairs[0].HelloBytes), engine.Counters.BytesUp);
        Assert.Equal((4L * Large) - 6, engine.Counters.BytesDown);
        pairs.ForEach(pair => pair.Dispose());
    }

    [Theory]
    [MemberData(nameof(EnginesAndSides))]
    public async Task Stream_WhenOneSideEndsFirst_GoesOnTheOtherWay(RelayEngine kind, bool isTenant)
    {
        await using var engine = EngineUnderTest.Start(kind);
        using var pair = await engine.RelayAsync();
        var (first, second) = isTenant ? (pair.Tenant, pair.Target) : (pair.Target, pair.Tenant);
        await AssertSameAsync(Streams.SendRandomAsync(first, 3_000_000, 1), Streams.HashToEndAsync(second)).WaitAsync(Eventually.Deadline);
        Assert.False(engine.HasEnded);
        await AssertSameAsync(Streams.SendRandomAsync(second, 3_000_000, 2), Streams.HashToEndAsync(first)).WaitAsync(Eventually.Deadline);
        Assert.Equal(new RelayResult(RelayEnd.Completed, 3_000_000 + pair.HelloBytes, 3_000_000), await engine.EndAsync());
    }

    [Theory]
    [MemberData(nameof(EnginesAndSides))]
    public async Task Stream_WhenOneSideResets_ResetsTheOther(RelayEngine kind, bool isTenant)
    {
        await using var engine = EngineUnderTest.Start(kind);
        using var pair = await engine.RelayAsync();
        await pair.EchoAsync();
        var (quits, stays) = isTenant ? (pair.Tenant, pair.Target) : (pair.Target, pair.Tenant);
        Streams.Reset(quits);
        await Streams.AssertResetAsync(stays);
        Assert.Equal(isTenant ? RelayEnd.TenantReset : RelayEnd.TargetReset, (await engine.EndAsync()).End);
    }

    [Theory]
    [MemberData(nameof(EnginesAndSides))]
    public async Task Stream_WhenOneSideResetsBehindABlockedOne_IsNoticedWithoutAnyLimit(RelayEngine kind, bool isTenant)
    {
        // With a clock that stands still no limit of the epoll engine can be the reason; the managed one looks by its timer.
        var time = new ManualTimeProvider();
        await using var engine = EngineUnderTest.Start(kind, time, bufferBytes: 16 * 1024);
        using var pair = await engine.RelayAsync(bufferBytes: 16 * 1024);
        var (quits, stays) = isTenant ? (pair.Tenant, pair.Target) : (pair.Target, pair.Tenant);
        await Streams.FillAsync(quits);
        Streams.Reset(quits);
        await Eventually.TrueAsync(
            () =>
            {
                if (kind == RelayEngine.Managed)
                {
                    time.Advance(TimeSpan.FromMilliseconds(100));
                }

                return engine.HasEnded;
            },
            () => "the relay goes on");
        Assert.Equal(isTenant ? RelayEnd.TenantReset : RelayEnd.TargetReset, (await engine.EndAsync()).End);
        await Streams.AssertResetAsync(stays);
    }

    [Theory]
    [MemberData(nameof(EnginesAndSides))]
    public async Task Stream_WhenBothEndedButOneDoesNotRead_WaitsWithoutSpinningAndDelivers(RelayEngine kind, bool isTenant)
    {
        await using var engine = EngineUnderTest.Start(kind, bufferBytes: 16 * 1024);
        using var pair = await engine.RelayAsync(bufferBytes: 16 * 1024);
        var (sends, waits) = isTenant ? (pair.Tenant, pair.Target) : (pair.Target, pair.Tenant);
        waits.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await sends.ReceiveAsync(new byte[1]).WaitAsync(Eventually.Deadline));
        const int Length = 8 * 1024 * 1024;
        var sending = Streams.SendRandomAsync(sends, Length, 5);
        if (kind == RelayEngine.Epoll)
        {
            // The managed engine counts whole buffers, which are larger than what the sockets take here.
            await Eventually.TrueAsync(() => engine.Counters.BytesUp + engine.Counters.BytesDown > 16 * 1024, () => "nothing moved");
        }

        Assert.False(engine.HasEnded);
        Assert.Equal(await Streams.HashToEndAsync(waits).WaitAsync(Eventually.Deadline), await sending.WaitAsync(Eventually.Deadline));
        Assert.Equal(RelayEnd.Completed, (await engine.EndAsync()).End);
    }

    [Theory]
    [MemberData(nameof(EnginesAndSides))]
    public async Task Stream_WhenASideStopsReadingForTheStallLimit_IsResetAndSaysWhich(RelayEngine kind, bool isTenant)
    {
        var time = new ManualTimeProvider();
        await using var engine = EngineUnderTest.Start(kind, time, bufferBytes: 16 * 1024);
        using var pair = await engine.RelayAsync(bufferBytes: 16 * 1024);
        var (stalls, sends) = isTenant ? (pair.Tenant, pair.Target) : (pair.Target, pair.Tenant);
        await Streams.FillAsync(sends);
        time.Advance(s_stall - TimeSpan.FromSeconds(5));
        Assert.False(engine.HasEnded);

        // In steps that take longer to the idle limit than any engine is held up.
        await Eventually.TrueAsync(
            async () =>
            {
                await engine.SettleAsync();
                time.Advance(TimeSpan.FromMilliseconds(500));
                return engine.HasEnded;
            },
            () => "the relay goes on");
        Assert.Equal(isTenant ? RelayEnd.TenantStalled : RelayEnd.TargetStalled, (await engine.EndAsync()).End);
        await Streams.AssertResetAsync(stalls);
        await Streams.AssertResetAsync(sends);
    }

    [Theory]
    [InlineData(RelayEngine.Epoll)]
    [InlineData(RelayEngine.Managed)]
    public async Task Stream_WhenNothingMovesForTheIdleLimit_IsReset(RelayEngine kind)
    {
        var time = new ManualTimeProvider();
        await using var engine = EngineUnderTest.Start(kind, time);
        using var pair = await engine.RelayAsync();

        // The target may have the hello before the sending of it is known to be over, and the limit of that is shorter.
        await Eventually.TrueAsync(() => engine.Live.List() is [{ BytesUp: var up }] && up == pair.HelloBytes, () => "no relay");
        for (var echoes = 1; echoes <= 2; echoes++)
        {
            time.Advance(s_idle - TimeSpan.FromSeconds(5));
            await pair.EchoAsync();

            // What has arrived here is not noted there at the same moment.
            var bytes = 4 * echoes;
            await Eventually.TrueAsync(() => engine.Live.List() is [{ BytesDown: var down } one] && (one.BytesUp, down) == (pair.HelloBytes + bytes, bytes), () => "not noted");
        }

        Assert.False(engine.HasEnded);
        await Eventually.TrueAsync(
            () =>
            {
                time.Advance(TimeSpan.FromMinutes(5));
                return engine.HasEnded;
            },
            () => "the relay goes on");
        Assert.Equal(RelayEnd.Idle, (await engine.EndAsync()).End);
        await Streams.AssertResetAsync(pair.Tenant);
        await Streams.AssertResetAsync(pair.Target);
    }

    [Theory]
    [InlineData(RelayEngine.Epoll)]
    [InlineData(RelayEngine.Managed)]
    public async Task Streams_WhenEndedByNameTargetOrAll_AreReset(RelayEngine kind)
    {
        await using var engine = EngineUnderTest.Start(kind, tenants: [("acme", null), ("bolt", null)]);
        using var acme = await engine.RelayAsync(EngineUnderTest.Name("acme"));
        using var bolt = await engine.RelayAsync(EngineUnderTest.Name("bolt"));
        using var api = await engine.RelayAsync();
        await acme.EchoAsync();
        Assert.Equal(1, engine.Live.Abort([EngineUnderTest.Name("acme")]));
        Assert.Equal(RelayEnd.Aborted, (await engine.EndAsync()).End);
        await Streams.AssertResetAsync(acme.Tenant);
        await bolt.EchoAsync();
        await Eventually.EqualAsync(2, () => engine.Live.Count);
        Assert.Equal(1, engine.Live.AbortTargets(["repo1"]));
        Assert.Equal(RelayEnd.Aborted, (await engine.EndAsync()).End);
        await Streams.AssertResetAsync(bolt.Target);
        await api.EchoAsync();
        await Eventually.EqualAsync(1, () => engine.Live.Count);
        Assert.Equal(1, engine.Live.AbortAll());
        await Streams.AssertResetAsync(api.Tenant);
        await engine.Live.WaitForNoneAsync(CancellationToken.None).WaitAsync(Eventually.Deadline);
    }

    [Theory]
    [InlineData(RelayEngine.Epoll)]
    [InlineData(RelayEngine.Managed)]
    public async Task Streams_WhenTheyCarryBytes_AreListedWithTheirTenantAndCounts(RelayEngine kind)
    {
        // Few bytes are many a second as long as the clock stands still.
        await using var engine = EngineUnderTest.Start(kind, new ManualTimeProvider(), tenants: [("acme", null)]);
        using var pair = await engine.RelayAsync(EngineUnderTest.Name("acme"));
        using var waits = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await waits.ConnectAsync(engine.EndPoint);
        await pair.EchoAsync();
        await Eventually.TrueAsync(
            () => engine.Live.List() is [_, _] all
                && all.Single(one => one.Stage == "relay") is var relay
                && (relay.Tenant, relay.Target, relay.ServerName) == ("acme", "repo1", EngineUnderTest.Name("acme"))
                && (relay.BytesUp, relay.BytesDown) == (pair.HelloBytes + 4, 4)
                && relay.Source == pair.Tenant.LocalEndPoint!.ToString()
                && all.Single(one => one.Stage == "hello").Source == waits.LocalEndPoint!.ToString(),
            () => string.Join('\n', engine.Live.List()));
        var traffic = Assert.Single(engine.Meters.Report(200));
        Assert.Equal(("acme", 1), (traffic.Tenant, traffic.Connections));
        Assert.True(traffic.UpBytesPerSecond > 0 && traffic.DownBytesPerSecond > 0);
    }

    private static async Task AssertSameAsync(Task<string> sent, Task<string> received) => Assert.Equal(await sent, await received);
}
