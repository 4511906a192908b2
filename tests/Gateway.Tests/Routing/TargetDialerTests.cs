using System.Net;
using System.Net.Sockets;
using Headgate.Gateway.Routing;
using Headgate.Gateway.Tests.Support;
using Headgate.Protocol.Edge;

namespace Headgate.Gateway.Tests.Routing;

public sealed class TargetDialerTests
{
    private readonly TargetDialer _dialer = new(TimeSpan.FromSeconds(60), TimeProvider.System);

    [Fact]
    public async Task Dial_WhenTheNamesFirstAddressRefuses_TriesTheNext()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var (socket, why) = await _dialer.DialAsync(Target("localhost", ((IPEndPoint)listener.LocalEndpoint).Port), CancellationToken.None);
        Assert.True(socket?.Connected, why);
        socket!.Dispose();
    }

    [Fact]
    public async Task Dial_WhenNobodyListens_SaysSo()
    {
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var (socket, why) = await _dialer.DialAsync(Target("127.0.0.1", ((IPEndPoint)bound.LocalEndPoint!).Port), CancellationToken.None);
        Assert.Null(socket);
        Assert.Equal("Connection refused", why);
    }

    [Fact]
    public async Task Dial_WhenTheNameDoesNotExist_SaysSo()
    {
        // Where no name server answers, the limit ends it.
        var dialer = new TargetDialer(TimeSpan.FromSeconds(3), TimeProvider.System);
        var (socket, why) = await dialer.DialAsync(Target("no-such-host.invalid", 1), CancellationToken.None);
        Assert.Null(socket);
        Assert.NotEmpty(why!);
    }

    [Fact]
    public async Task Dial_WhenPacketsAreDropped_GivesUpInTimeAndNamesTheLimit()
    {
        // A full backlog drops what comes to it.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        var waiting = new List<Socket>();
        for (var i = 0; i < 4; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            waiting.Add(socket);
            Assert.Equal(SocketError.WouldBlock, Assert.Throws<SocketException>(() => socket.Connect(full.LocalEndPoint!)).SocketErrorCode);
        }

        var time = new ManualTimeProvider();
        var dialing = new TargetDialer(TimeSpan.FromSeconds(3), time).DialAsync(Target("127.0.0.1", ((IPEndPoint)full.LocalEndPoint!).Port), CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(dialing.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        var (dialled, why) = await dialing.WaitAsync(Eventually.Deadline);
        Assert.Null(dialled);
        Assert.Contains("3 s", why, StringComparison.Ordinal);
        waiting.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Dial_WhenTheCallerGivesUp_Throws() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _dialer.DialAsync(Target("127.0.0.1", 1), new CancellationToken(true)));

    private static RelayTarget Target(string host, int port) => new("repo1", host, port, new byte[32]);
}
