using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Forwarding;
using Headgate.Connector.Resume;
using Headgate.Connector.Tests.Forwarding;
using Headgate.Connector.Tests.Scripted;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Resume;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests.Resume;

/// <summary>A copy run's loopback port before a world's gateways and a <see cref="ResumePeer"/>.</summary>
internal sealed class CopyFixture : IAsyncDisposable
{
    private readonly ProgramIdentity _identity;

    private CopyFixture(World world, TimeProvider time)
    {
        World = world;
        Peer = new ResumePeer(world);
        _identity = world.Authority.Connector(world.Port);
        Order = new GatewayOrder(TimeProvider.System);
        var dialer = new TlsDialer(_identity, DialTimeouts.Default, TimeProvider.System);
        var names = new NameResolver(new Dictionary<string, IReadOnlyList<IPAddress>>());
        var copies = new CopyRoutes(dialer, names, Order, RefreshAsync, Quick, Said.Enqueue, time, Random.Shared.NextDouble);
        var routes = new RouteDialer(dialer, names, Order, RefreshAsync, TimeProvider.System);
        Forwarder = new LoopbackForwarder(
            routes, Order, 0, new ForwarderLimits(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30), 256), TimeProvider.System, copies);
        Record = Forwarder.Begin(new RunTicket("nightly", 7, 1, World.Provider.RouteName, ScriptedProvider.RepositoryId, World.Provider.Gateways));
    }

    public World World { get; }

    public ResumePeer Peer { get; }

    public GatewayOrder Order { get; }

    public LoopbackForwarder Forwarder { get; }

    public AttemptRecord Record { get; }

    public System.Collections.Concurrent.ConcurrentQueue<string> Said { get; } = new();

    /// <summary>What a refresh brings; null: nobody answers.</summary>
    public Func<GatewayList?> OnRefresh { get; set; } = () => null;

    /// <summary>Short pauses, and time enough for a handshake or an answer on a loaded machine.</summary>
    public static CopyLimits Quick { get; } = new()
    {
        FirstRound = new DialTimeouts(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10)),
        LaterRounds = new DialTimeouts(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10)),
        Hello = TimeSpan.FromSeconds(10),
        ShortestPause = TimeSpan.FromMilliseconds(10),
        LongestPause = TimeSpan.FromMilliseconds(100),
        Together = TimeSpan.FromMinutes(1),
        Session = new ResumeLimits { Silence = TimeSpan.FromSeconds(10) },
    };

    /// <param name="gateways">How many there are.</param>
    /// <param name="time">The clock of the streams' searches and limits, but for those of dials; null: the machine's.</param>
    public static async Task<CopyFixture> StartAsync(int gateways, TimeProvider? time = null) =>
        new(await World.StartAsync(gateways), time ?? TimeProvider.System);

    /// <summary>A connection of the tool.</summary>
    public async Task<NetworkStream> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Forwarder.Port);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>A request with the run's secret on <paramref name="stream"/>.</summary>
    public async Task AskAsync(Stream stream, string method, string path, int length = 0)
    {
        var secret = new Uri(Forwarder.RepositoryUrl("/")["rest:".Length..]).UserInfo;
        await stream.WriteAsync(Encoding.ASCII.GetBytes(FormattableString.Invariant(
            $"{method} {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes(secret))}\r\nContent-Length: {length}\r\n\r\n")));
    }

    /// <summary>Waits until the repository has received <paramref name="bytes"/> in its only session.</summary>
    public Task ReceivedAsync(long bytes) => Until.TrueAsync(
        () => Peer.Sessions is [var only] && only.Received >= bytes, () => string.Join(' ', Peer.Sessions.Select(session => session.Received)));

    /// <summary>Downloads <paramref name="count"/> bytes on <paramref name="stream"/> and checks them.</summary>
    public async Task DownloadAsync(Stream stream, int count)
    {
        await AskAsync(stream, "GET", FormattableString.Invariant($"/{count}"));
        var body = await AnswerAsync(stream, count);
        Assert.Equal(SHA256.HashData(ResumePeer.Bytes(count)), SHA256.HashData(body));
    }

    /// <summary>Uploads <paramref name="count"/> bytes on <paramref name="stream"/>, with <paramref name="disturb"/> after each of 16 parts, and checks what came.</summary>
    public async Task UploadAsync(Stream stream, int count, Func<int, Task>? disturb = null)
    {
        var bytes = ResumePeer.Bytes(count);
        await AskAsync(stream, "POST", "/", count);
        for (var part = 0; part < 16; part++)
        {
            await stream.WriteAsync(bytes.AsMemory(part * (count / 16), part == 15 ? count - (15 * (count / 16)) : count / 16));
            await (disturb?.Invoke(part) ?? Task.CompletedTask);
        }

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), Encoding.ASCII.GetString(await AnswerAsync(stream, 64)));
    }

    public async ValueTask DisposeAsync()
    {
        await Forwarder.DisposeAsync();
        await Peer.DisposeAsync();
        _identity.Dispose();
        await World.DisposeAsync();
    }

    private static async Task<byte[]> AnswerAsync(Stream stream, int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var expected = FormattableString.Invariant($"HTTP/1.1 200 OK\r\nContent-Length: {count}\r\n\r\n");
        var head = new byte[expected.Length];
        await stream.ReadExactlyAsync(head, limit.Token);
        Assert.Equal(expected, Encoding.ASCII.GetString(head));
        var body = new byte[count];
        await stream.ReadExactlyAsync(body, limit.Token);
        return body;
    }

    private Task<GatewayList> RefreshAsync(CancellationToken token) => OnRefresh() is { } list
        ? Task.FromResult(list)
        : Task.FromException<GatewayList>(new NoGatewayAnswersException("cc.demo.test", []));
}
