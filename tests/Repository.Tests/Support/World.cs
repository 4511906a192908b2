using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;

namespace Headgate.Repository.Tests.Support;

/// <summary>A silo, an authority, a tenant with a route: what the real program needs around it.</summary>
internal sealed class World : IAsyncDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly ProgramIdentity _connector;

    private World() => _connector = _authority.Issue(CertificateRole.Connector, "acme/host1");

    public TemporaryFolder Folder { get; } = new();

    public TestSilo Silo { get; private set; } = null!;

    public string Route { get; } = new ZoneNames(TestAuthority.Zone).Route(RouteLabel.Create(RandomNumberGenerator.GetBytes(32)));

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

    public HttpClient Client(int port)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                TargetHost = Route,
                EnabledSslProtocols = SslProtocols.Tls13,
                ClientCertificateContext = _connector.CertificateContext,
                RemoteCertificateValidationCallback = (_, certificate, chain, _) => AuthorityTrust.Check(
                    certificate, chain!.ChainPolicy.ExtraStore, _authority.Root, CertificateRole.Repository, "repo1", Route, TimeProvider.System) == PeerCheck.Ok,
            },
            ConnectCallback = async (_, token) =>
            {
                var client = new TcpClient { NoDelay = true };
                await client.ConnectAsync(IPAddress.Loopback, port, token);
                await client.GetStream().WriteAsync(TestRepository.Header(Route), token);
                return client.GetStream();
            },
        };
        return new HttpClient(handler) { BaseAddress = new Uri($"https://{Route}:6180/"), Timeout = TimeSpan.FromMinutes(3) };
    }

    public async ValueTask DisposeAsync()
    {
        await Silo.DisposeAsync();
        _connector.Dispose();
        _authority.Dispose();
        Folder.Dispose();
    }
}
