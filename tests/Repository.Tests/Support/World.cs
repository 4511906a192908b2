using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Resume;

namespace Headgate.Repository.Tests.Support;

/// <summary>A silo, an authority, a tenant with a route: what the real program needs around it.</summary>
internal sealed class World : IAsyncDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly Dictionary<string, ProgramIdentity> _connectors = [];

    public TemporaryFolder Folder { get; } = new();

    public TestSilo Silo { get; private set; } = null!;

    public string Route { get; } = NewRoute();

    public static async Task<World> CreateAsync()
    {
        var world = new World();
        world.Silo = await TestSilo.StartAsync(world._authority);
        world.Silo.Snapshot = world.Silo.Snapshot with
        {
            Grants = [new RunGrant(world.Route, "acme", "host1", "daily", 1, AccessRights.Full, null)],
            Quotas = [new TenantQuota("acme", 20L << 30)],
        };
        return world;
    }

    /// <summary>The program's arguments.</summary>
    public IEnumerable<string> Run(params string[] more) =>
        ["run", "--data", Folder["data"], "--path", Folder["storage"], "--listen", "127.0.0.1:0", .. more];

    /// <summary>A route of another tenant or connector; to be made before the program starts.</summary>
    public string AddRoute(string tenant, string connector = "host1")
    {
        var route = NewRoute();
        Silo.Snapshot = Silo.Snapshot with
        {
            Grants = [.. Silo.Snapshot.Grants, new RunGrant(route, tenant, connector, "daily", 1, AccessRights.Full, null)],
            Quotas = [.. Silo.Snapshot.Quotas.Where(quota => quota.Tenant != tenant), new TenantQuota(tenant, 20L << 30)],
        };
        return route;
    }

    public ProgramIdentity Connector(string id = "acme/host1")
    {
        if (!_connectors.TryGetValue(id, out var identity))
        {
            _connectors[id] = identity = _authority.Issue(CertificateRole.Connector, id);
        }

        return identity;
    }

    public HttpClient Client(int port) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        SslOptions = TlsOptions(Route, Connector()),
        ConnectCallback = async (_, token) => await DialAsync(port, Route, token),
    })
    {
        BaseAddress = new Uri($"https://{Route}:6180/"),
        Timeout = TimeSpan.FromMinutes(3),
    };

    /// <summary>A TLS connection as a gateway relays it, by default one that is to carry a resumable stream.</summary>
    public async Task<SslStream> ConnectAsync(int port, string route, ProgramIdentity identity, string protocol = ResumeProtocol.Alpn)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var tls = new SslStream(await DialAsync(port, route, deadline.Token));
        var options = TlsOptions(route, identity);
        options.ApplicationProtocols = [new SslApplicationProtocol(protocol)];
        await tls.AuthenticateAsClientAsync(options, deadline.Token);
        return tls;
    }

    public async ValueTask DisposeAsync()
    {
        await Silo.DisposeAsync();
        foreach (var connector in _connectors.Values)
        {
            connector.Dispose();
        }

        _authority.Dispose();
        Folder.Dispose();
    }

    private static string NewRoute() => new ZoneNames(TestAuthority.Zone).Route(RouteLabel.Create(RandomNumberGenerator.GetBytes(32)));

    private static async Task<NetworkStream> DialAsync(int port, string route, CancellationToken token)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, port, token);
        await client.GetStream().WriteAsync(TestRepository.Header(route), token);
        return client.GetStream();
    }

    private SslClientAuthenticationOptions TlsOptions(string route, ProgramIdentity identity) => new()
    {
        TargetHost = route,
        EnabledSslProtocols = SslProtocols.Tls13,
        ClientCertificateContext = identity.CertificateContext,
        RemoteCertificateValidationCallback = (_, certificate, chain, _) => AuthorityTrust.Check(
            certificate, chain!.ChainPolicy.ExtraStore, _authority.Root, CertificateRole.Repository, "repo1", route, TimeProvider.System) == PeerCheck.Ok,
    };
}
