using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Headgate.Gateway.Tests.Support;

namespace Headgate.Gateway.Tests.Hostile;

/// <summary>A real gateway process that may open few files.</summary>
public sealed class DescriptorShortageTests
{
    private const int Limit = 400;
    private const string Attacker = "127.0.0.66";

    [Theory]
    [InlineData("auto")]
    [InlineData("managed")]
    public async Task Accept_WhenDescriptorsRunOut_PausesWhileHeartbeatsGoOnAndResumes(string engine)
    {
        await using var programs = new GatewayPrograms();
        await programs.StartSiloAsync();
        var process = programs.Start("one", "127.0.0.1:0", engine, Limit, "--hello-timeout", "60", "--relay-pipes", "8");
        var endPoint = await process.ReadyAsync();
        await using var standing = await GatewayPrograms.TlsAsync(endPoint);
        var room = (await programs.FreshStatusAsync("one")).Descriptors!;
        Assert.Equal((Limit, true, 0), (room.Limit, room.Accepting, room.Pauses));
        Assert.InRange(room.ForConnections, 20, Limit - 128);

        // Twice as many as there is room for: they are in the backlog, connected as far as they can see.
        var idle = await ConnectAsync(endPoint, room.ForConnections);
        await Eventually.TrueAsync(() => programs.Status("one").Descriptors is { Accepting: false, Pauses: > 0 }, () => $"{programs.Status("one").Descriptors}");
        await AssertHeartbeatsGoOnAsync(programs);
        await GatewayUnderTest.EchoAsync(standing, "a stream goes on");
        Assert.InRange(GatewayPrograms.Descriptors(process), 0, Limit);
        await process.SaidAsync("Accepting pauses until connections end");

        idle.ForEach(socket => socket.Dispose());
        await GatewayPrograms.AssertServedAsync(endPoint);
        await Eventually.TrueAsync(() => programs.Status("one").Descriptors is { Accepting: true, Taken: <= 4 }, () => $"{programs.Status("one").Descriptors}");
        Assert.Empty(programs.Status("one").Refused.Keys.Except(["hello-torn"]));
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("managed")]
    public async Task Accept_WhenTheLimitIsLoweredWhileItRuns_PausesUntilItIsRaisedAgain(string engine)
    {
        await using var programs = new GatewayPrograms();
        await programs.StartSiloAsync();
        var process = programs.Start("one", "127.0.0.1:0", engine, 4096, "--hello-timeout", "60");
        var endPoint = await process.ReadyAsync();
        var idle = await ConnectAsync(endPoint, 100);
        await Eventually.TrueAsync(() => programs.Status("one").Descriptors is { Taken: >= 200 }, () => $"{programs.Status("one").Descriptors}");
        await LimitAsync(process, 350);
        await Eventually.TrueAsync(() => programs.Status("one").Descriptors is { Limit: 350 }, () => $"{programs.Status("one").Descriptors}");
        idle.AddRange(await ConnectAsync(endPoint, 10));
        await Eventually.TrueAsync(() => programs.Status("one").Descriptors is { Accepting: false }, () => $"{programs.Status("one").Descriptors}");
        await AssertHeartbeatsGoOnAsync(programs);

        await LimitAsync(process, 4096);
        await Eventually.TrueAsync(() => programs.Status("one").Descriptors is { Accepting: true, Taken: >= 220 }, () => $"{programs.Status("one").Descriptors}");
        await GatewayPrograms.AssertServedAsync(endPoint);
        idle.ForEach(socket => socket.Dispose());
    }

    private static async Task<List<Socket>> ConnectAsync(IPEndPoint endPoint, int count)
    {
        var sockets = new List<Socket>();
        for (var i = 0; i < count; i++)
        {
            sockets.Add(await GatewayPrograms.ConnectAsync(endPoint, Attacker));
        }

        return sockets;
    }

    private static async Task AssertHeartbeatsGoOnAsync(GatewayPrograms programs)
    {
        var beats = programs.Around.Edge.Heartbeats.Count;
        await Eventually.TrueAsync(() => programs.Around.Edge.Heartbeats.Count >= beats + 5, () => $"{programs.Around.Edge.Heartbeats.Count - beats} heartbeats came");

        // On a connection of its own, too.
        var streams = programs.Around.Edge.StreamsAfter.Count;
        programs.Around.Edge.BreakStreams();
        await Eventually.TrueAsync(() => programs.Around.Edge.StreamsAfter.Count > streams, () => "the stream did not come back");
    }

    private static async Task LimitAsync(GatewayProcess process, int descriptors)
    {
        using var prlimit = Process.Start("prlimit", [$"--pid={process.Id}", string.Create(CultureInfo.InvariantCulture, $"--nofile={descriptors}:4096")]);
        await prlimit.WaitForExitAsync();
        Assert.Equal(0, prlimit.ExitCode);
    }
}
