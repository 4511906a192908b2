using System.Net;
using System.Net.Sockets;
using System.Text;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Forwarding;
using Headgate.Connector.Tests.Scripted;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests.Forwarding;

/// <summary>A forwarder before a world's gateways.</summary>
internal sealed class ForwarderFixture : IAsyncDisposable
{
    /// <summary>Of each dial; time enough for a handshake on a loaded machine.</summary>
    public static readonly DialTimeouts Dial = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10));

    private readonly ProgramIdentity _identity;

    private ForwarderFixture(World world, ForwarderLimits limits, TimeProvider dialTime)
    {
        World = world;
        _identity = world.Authority.Connector(world.Port);
        Order = new GatewayOrder(TimeProvider.System);
        var dialer = new TlsDialer(_identity, Dial, dialTime);
        var names = new NameResolver(new Dictionary<string, IReadOnlyList<IPAddress>>());
        var routes = new RouteDialer(dialer, names, Order, RefreshAsync, TimeProvider.System);
        Forwarder = new LoopbackForwarder(routes, Order, 0, limits, TimeProvider.System);
        Record = Forwarder.Begin(Ticket());
    }

    public World World { get; }

    public GatewayOrder Order { get; }

    public LoopbackForwarder Forwarder { get; }

    public AttemptRecord Record { get; }

    /// <summary>What a refresh brings; null: nobody answers.</summary>
    public Func<GatewayList?> OnRefresh { get; set; } = () => null;

    public int Refreshes { get; private set; }

    public Uri Url => new(Forwarder.RepositoryUrl("/pc1/")["rest:".Length..]);

    /// <param name="gateways">How many there are.</param>
    /// <param name="limits">Of the loopback port; null: long ones.</param>
    /// <param name="dialTime">The clock by which dials are limited; null: the machine's.</param>
    public static async Task<ForwarderFixture> StartAsync(int gateways, ForwarderLimits? limits = null, TimeProvider? dialTime = null) =>
        new(await World.StartAsync(gateways), limits ?? new ForwarderLimits(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30), 256), dialTime ?? TimeProvider.System);

    public RunTicket Ticket() => new("nightly", 7, 1, World.Provider.RouteName, ScriptedProvider.RepositoryId, World.Provider.Gateways);

    public string Authorization => "Authorization: Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes(Url.UserInfo)) + "\r\n";

    /// <summary>A connection to the loopback port.</summary>
    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Forwarder.Port);
        return socket;
    }

    /// <summary>Sends <paramref name="text"/> and reads until the other side ends.</summary>
    public async Task<string> ExchangeAsync(string text)
    {
        using var socket = await ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes(text));
        return await ReadAsync(socket);
    }

    /// <summary>A whole request with the secret that ends its connection.</summary>
    public Task<string> GetAsync(string path) => ExchangeAsync($"GET {path} HTTP/1.1\r\nHost: a\r\n{Authorization}Connection: close\r\n\r\n");

    public static async Task<string> ReadAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var all = new MemoryStream();
        var buffer = new byte[4096];
        int read;
        while ((read = await socket.ReceiveAsync(buffer, limit.Token)) > 0)
        {
            all.Write(buffer, 0, read);
        }

        return Encoding.Latin1.GetString(all.ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        await Forwarder.DisposeAsync();
        _identity.Dispose();
        await World.DisposeAsync();
    }

    private Task<GatewayList> RefreshAsync(CancellationToken token)
    {
        Refreshes++;
        return OnRefresh() is { } list
            ? Task.FromResult(list)
            : Task.FromException<GatewayList>(new NoGatewayAnswersException("cc.demo.test", []));
    }
}
