using System.Net;
using System.Net.Sockets;
using Headgate.Gateway.Relay;
using Headgate.Gateway.Relay.Epoll;
using Headgate.Gateway.Tests.Support;

namespace Headgate.Gateway.Tests.Relay;

/// <summary>What only the epoll engine promises: nothing allocated, nothing kept.</summary>
public sealed class EpollEngineTests
{
    [Fact]
    public async Task Connections_WhenTheRouteIsCached_AllocateNothingOnTheLoop()
    {
        await using var engine = EngineUnderTest.Start(
            RelayEngine.Epoll, change: options => options.RelayLoops = 1, least: Microsoft.Extensions.Logging.LogLevel.Information, tenants: [("acme", null)]);
        await ServeAsync(engine, 50);
        var before = await AllocatedAsync(engine);
        const int Count = 200;
        await ServeAsync(engine, Count);

        // What the test itself asks of the loop, and metrics that a listener would take, stay below a few bytes a connection.
        var allocated = await AllocatedAsync(engine) - before;
        Assert.True(allocated < Count * 16, $"{allocated} bytes for {Count} connections");
    }

    [Fact]
    public async Task Connections_WhenManyWereIdleUsedAndClosed_LeaveNothing()
    {
        const int Count = 1500;
        await using var engine = EngineUnderTest.Start(RelayEngine.Epoll, change: options => options.RelayLoops = 2, tenants: [("acme", null)]);
        var pairs = new List<RelayedPair>();
        for (var i = 0; i < Count; i++)
        {
            pairs.Add(await engine.RelayAsync(EngineUnderTest.Name("acme"), from: IPAddress.Parse($"127.0.{i / 250}.{1 + (i % 250)}")));
        }

        Assert.Equal(Count, engine.Live.List().Count);
        Assert.True(engine.Epoll.Loops.All(loop => loop.Connections.Count is > Count * 45 / 100 and < Count * 55 / 100), "dealt unevenly");
        await Eventually.EqualAsync(2 * Count, () => engine.Budget.Taken - (2 * engine.Epoll.Pipes));
        Assert.InRange(Sockets(engine), Count, 2 * Count);
        foreach (var pair in pairs)
        {
            await pair.EchoAsync();
        }

        Assert.Equal(0, engine.Epoll.Pipes);
        pairs.ForEach(pair => pair.Dispose());
        await Eventually.EqualAsync((0, 0, 0), () => (engine.Live.Count, engine.Budget.Taken, engine.Limits.Sources));
        await Eventually.EqualAsync(0, () => Sockets(engine));
        Assert.Empty(engine.Live.List());
    }

    [Fact]
    public async Task Pipes_WhenTheBurstIsOver_AreClosed()
    {
        await using var engine = EngineUnderTest.Start(RelayEngine.Epoll);
        using var pair = await engine.RelayAsync();
        var sending = Streams.SendRandomAsync(pair.Tenant, 8 * 1024 * 1024, 1);
        await Eventually.TrueAsync(() => engine.Epoll.Pipes > 0, () => "no pipe was used");
        Assert.Equal(await Streams.HashToEndAsync(pair.Target).WaitAsync(Eventually.Deadline), await sending);
        await Eventually.EqualAsync(0, () => engine.Epoll.Pipes);
        await Eventually.EqualAsync(2, () => engine.Budget.Taken);
    }

    [Fact]
    public async Task Loop_WhenItRunsAFaultyAction_FailsTheEngineAndLeavesNothing()
    {
        await using var engine = EngineUnderTest.Start(RelayEngine.Epoll, change: options => options.RelayLoops = 2);
        using var first = await engine.RelayAsync();
        using var second = await engine.RelayAsync();
        var dies = engine.Epoll.Loops[0];
        Assert.Equal((1, 1), (dies.Connections.Count, engine.Epoll.Loops[1].Connections.Count));
        dies.Post(LoopCommand.RunOf(() => throw new InvalidOperationException("made by a test")));
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => engine.Engine.Failed.WaitAsync(Eventually.Deadline));
        Assert.Equal("made by a test", fault.Message);
        Assert.Contains("made by a test", Assert.Single(engine.TakeFaults()), StringComparison.Ordinal);

        // Its connection is reset, the other loop's goes on, and takes what comes still.
        await Eventually.TrueAsync(() => engine.Live.Count == 1, () => $"{engine.Live.Count} live");
        Assert.False(dies.Post(LoopCommand.Tick));
        using var third = await engine.RelayAsync();
        await third.EchoAsync();
        Assert.Equal(2, engine.Epoll.Loops[1].Connections.Count);
    }

    [Fact]
    public async Task Loop_WhenOneConnectionHasAFault_EndsThatOneOnly()
    {
        await using var engine = EngineUnderTest.Start(RelayEngine.Epoll, change: options => options.RelayLoops = 1);
        var loop = engine.Epoll.Loops[0];
        using var broken = await engine.RelayAsync();
        using var other = await engine.RelayAsync();
        var source = broken.Tenant.LocalEndPoint!.ToString();
        await EngineUnderTest.OnLoopAsync(loop, () =>
        {
            loop.Connections.Visit(one =>
            {
                if (one is EdgeConnection connection && connection.Source.ToString() == source)
                {
                    // Bytes that are nowhere: writing them fails as only a fault of the program can.
                    connection.Up.Pending = 1;
                    loop.Relay.Arm(connection);
                }
            });
            return 0;
        });
        Assert.Equal(RelayEnd.Fault, (await engine.EndAsync()).End);
        await Streams.AssertResetAsync(broken.Tenant);
        await Streams.AssertResetAsync(broken.Target);
        Assert.Contains(nameof(NullReferenceException), Assert.Single(engine.TakeFaults()), StringComparison.Ordinal);
        await other.EchoAsync();
        using var next = await engine.RelayAsync();
        await next.EchoAsync();
        Assert.False(engine.Engine.Failed.IsCompleted);
    }

    [Fact]
    public async Task Connections_OnTheirWayToAnotherLoop_AreCountedAndDealtEvenly()
    {
        const int Count = 64;
        await using var engine = EngineUnderTest.Start(RelayEngine.Epoll, change: options => options.RelayLoops = 2);
        using var isHeld = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var held = engine.Epoll.Loops[1];
        held.Post(LoopCommand.RunOf(() =>
        {
            isHeld.Set();
            goOn.Wait(Eventually.Deadline);
        }));
        Assert.True(isHeld.Wait(Eventually.Deadline));
        var sockets = new List<Socket>();
        for (var i = 0; i < Count; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(engine.EndPoint);
            sockets.Add(socket);
        }

        await Eventually.EqualAsync(Count, () => engine.Live.Count);
        Assert.InRange(held.Connections.Count, (Count / 2) - 2, (Count / 2) + 2);
        goOn.Set();
        await Eventually.EqualAsync(Count, () => engine.Live.List().Count);
        Assert.InRange(held.Connections.Count, (Count / 2) - 2, (Count / 2) + 2);
        sockets.ForEach(socket => socket.Dispose());
        await Eventually.EqualAsync(0, () => engine.Live.Count);
        Assert.Equal(0, held.Connections.Count);
    }

    private static async Task ServeAsync(EngineUnderTest engine, int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var pair = await engine.RelayAsync(EngineUnderTest.Name("acme"));
            await pair.EchoAsync();
        }

        await Eventually.EqualAsync(0, () => engine.Live.Count);
    }

    private static async Task<long> AllocatedAsync(EngineUnderTest engine)
    {
        var allocated = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Epoll.Loops[0].Post(LoopCommand.RunOf(() => allocated.SetResult(GC.GetAllocatedBytesForCurrentThread())));
        return await allocated.Task.WaitAsync(Eventually.Deadline);
    }

    /// <summary>The engine's own ends of its connections, of those that a process has open still; those that only the kernel keeps have no inode, and one may be listed twice.</summary>
    private static int Sockets(EngineUnderTest engine)
    {
        const string Listens = "0A";
        const string OfNobody = "0";
        const string Loopback = "0100007F";
        var (tenants, target) = ($"{Loopback}:{engine.EndPoint.Port:X4}", $"{Loopback}:{engine.Table.Target("repo1")!.Port:X4}");
        return File.ReadLines("/proc/net/tcp").Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(socket => socket[3] != Listens && socket[9] != OfNobody && (socket[1] == tenants || socket[2] == target)).DistinctBy(socket => socket[9]).Count();
    }
}
