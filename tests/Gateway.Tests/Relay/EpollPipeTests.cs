using System.Net.Sockets;
using Headgate.Gateway.Relay;
using Headgate.Gateway.Relay.Epoll;
using Headgate.Gateway.Tests.Support;

namespace Headgate.Gateway.Tests.Relay;

/// <summary>When pipes cannot be used, or are all in use, bytes are copied instead.</summary>
public sealed class EpollPipeTests
{
    private const int Large = 16 * 1024 * 1024;

    [Theory]
    [InlineData(SpliceFilter.InvalidArgument)]
    [InlineData(SpliceFilter.NotPermitted)]
    [InlineData(SpliceFilter.NoSystemCall)]
    public async Task Streams_WhenTheKernelRefusesToSplice_AreCopied(int error)
    {
        await using var engine = EngineUnderTest.Start(RelayEngine.Epoll, change: options => options.RelayLoops = 1);
        var loop = engine.Epoll.Loops[0];
        using var before = await engine.RelayAsync();
        Assert.SkipUnless(await EngineUnderTest.OnLoopAsync(loop, () => SpliceFilter.TrySet(error)), "This machine lets nobody set a filter of system calls.");

        // The one that meets the refusal, and one that comes later.
        for (var stream = 0; stream < 2; stream++)
        {
            using var pair = stream == 0 ? before : await engine.RelayAsync();
            var up = Streams.SendRandomAsync(pair.Tenant, Large, stream);
            var down = Streams.SendRandomAsync(pair.Target, Large, stream + 10);
            var (atTarget, atTenant) = (Streams.HashToEndAsync(pair.Target), Streams.HashToEndAsync(pair.Tenant));
            await Task.WhenAll(up, down, atTarget, atTenant).WaitAsync(Eventually.Deadline);
            Assert.Equal((await up, await down), (await atTarget, await atTenant));
            Assert.Equal(new RelayResult(RelayEnd.Completed, Large + pair.HelloBytes, Large), await engine.EndAsync());
            if (stream == 0)
            {
                // The pipe in which it was tried is not needed any more.
                await Eventually.EqualAsync(0, () => engine.Epoll.Pipes);
            }

            Assert.Equal(0, engine.Epoll.Pipes);
        }
    }

    [Fact]
    public async Task Pipes_WhenStalledPeersHoldAll_AreMissedByNobodyAndComeBack()
    {
        const int Pipes = 2;
        await using var engine = EngineUnderTest.Start(RelayEngine.Epoll, change: options => (options.RelayLoops, options.RelayPipes) = (1, Pipes));
        var loop = engine.Epoll.Loops[0];
        var stalled = new List<RelayedPair>();
        for (var i = 0; i < Pipes; i++)
        {
            var pair = await engine.RelayAsync();
            stalled.Add(pair);
        }

        await HoldAsync(Pipes, [.. stalled]);
        using (var other = await engine.RelayAsync())
        {
            var sending = Streams.SendRandomAsync(other.Tenant, Large, 1);
            Assert.Equal(await Streams.HashToEndAsync(other.Target).WaitAsync(Eventually.Deadline), await sending);
            Assert.Equal(Pipes, engine.Epoll.Pipes);
            Assert.False(engine.HasEnded);
        }

        stalled.ForEach(pair => Streams.Reset(pair.Target));
        await Eventually.TrueAsync(() => engine.Live.Count == 0, () => $"{engine.Live.Count} live");

        // What was in them must reach nobody else, so they are closed, and there is room for others.
        await Eventually.EqualAsync((0, 0), () => (engine.Epoll.Pipes, engine.Budget.Taken));
        using var next = await engine.RelayAsync();
        await HoldAsync(1, next);
        stalled.ForEach(pair => pair.Dispose());

        // A target's socket may take more after a sender that waited a while.
        async Task HoldAsync(int pipes, params RelayedPair[] pairs) => await Eventually.TrueAsync(
            async () =>
            {
                foreach (var pair in pairs)
                {
                    await Streams.FillAsync(pair.Tenant);
                }

                return await EngineUnderTest.OnLoopAsync(loop, () => HoldingAPipe(loop)) == pipes;
            },
            () => $"{engine.Epoll.Pipes} pipes, not {pipes} held");
    }

    private static int HoldingAPipe(EventLoop loop)
    {
        var holding = 0;
        loop.Connections.Visit(connection => holding += ((EdgeConnection)connection).Up.Pipe is null ? 0 : 1);
        return holding;
    }
}
