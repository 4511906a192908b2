using System.Net.Sockets;
using Headgate.Gateway.Relay.Epoll;
using Headgate.Gateway.Tests.Support;

namespace Headgate.Gateway.Tests.Relay;

/// <summary>Tenants share a loop that has more to do than it can: by tenant, not by stream.</summary>
public sealed class LoopFairnessTests
{
    private const int Many = 16;
    private const long WarmUp = 16L << 20;
    private const long Window = 48L << 20;

    [Fact]
    public async Task Tenants_WhenOneHasManyStreams_LeaveTheOneWithASingleStreamItsPart()
    {
        await using var engine = EngineUnderTest.Start(
            RelayEngine.Epoll, change: options => options.RelayLoops = 1, tenants: [("many", null), ("one", null)]);
        using var stop = new CancellationTokenSource();
        var pairs = new List<RelayedPair>();
        for (var i = 0; i <= Many; i++)
        {
            pairs.Add(await engine.RelayAsync(EngineUnderTest.Name(i == 0 ? "one" : "many")));
        }

        // The loop is what is short here, not the processor that the ends share with it: between its rounds there is time to fill what they want to send.
        var loop = engine.Epoll.Loops[0];
        Slow(loop, stop.Token);
        var ends = pairs.SelectMany(pair => (Thread[])[Run(() => Send(pair.Tenant)), Run(() => Receive(pair.Target))]).ToList();
        await Eventually.TrueAsync(() => Moved(engine, "one") > WarmUp && Moved(engine, "many") > WarmUp, () => $"{Moved(engine, "one")} and {Moved(engine, "many")}");
        var (one, many) = (Moved(engine, "one"), Moved(engine, "many"));
        await Eventually.TrueAsync(() => Moved(engine, "one") + Moved(engine, "many") - one - many > Window, () => $"{Moved(engine, "one")} and {Moved(engine, "many")}");
        (one, many) = (Moved(engine, "one") - one, Moved(engine, "many") - many);
        stop.Cancel();
        engine.Live.AbortAll();
        ends.ForEach(end => Assert.True(end.Join(Eventually.Deadline)));
        pairs.ForEach(pair => pair.Dispose());

        Assert.True(one >= many / 3, $"{one} bytes of the single stream, {many} of the {Many} together");
    }

    private static long Moved(EngineUnderTest engine, string tenant) => engine.Live.List().Where(one => one.Tenant == tenant).Sum(one => one.BytesUp);

    private static void Slow(EventLoop loop, CancellationToken stop)
    {
        if (!stop.IsCancellationRequested)
        {
            loop.Post(LoopCommand.RunOf(() =>
            {
                Thread.Sleep(20);
                Slow(loop, stop);
            }));
        }
    }

    private static Thread Run(Action end)
    {
        var thread = new Thread(() =>
        {
            try
            {
                end();
            }
            catch (SocketException)
            {
                // The test is over.
            }
        });
        thread.Start();
        return thread;
    }

    private static void Send(Socket socket)
    {
        var bytes = new byte[1024 * 1024];
        while (true)
        {
            socket.Send(bytes);
        }
    }

    private static void Receive(Socket socket)
    {
        // Without copying: many ends run on few processors.
        var bytes = new byte[4 * 1024 * 1024];
        while (socket.Receive(bytes, SocketFlags.Truncated) > 0)
        {
        }
    }
}
