using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Proxy;
using Headgate.Repository.Access;
using Headgate.Repository.Edge;
using Headgate.Repository.Quota;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headgate.Repository.Tests.Support;

/// <summary>A whole repository in this process: real listener, real TLS, real disk. What a silo would tell is told through the same class that its stream feeds.</summary>
internal sealed class TestRepository : IAsyncDisposable
{
    public const string Gateway = "gtw1";
    public static readonly byte[] ProxyKey = RandomNumberGenerator.GetBytes(32);
    private readonly ZoneNames _names = new(TestAuthority.Zone);
    private readonly bool _ownsAuthority;
    private readonly byte[] _labelKey = RandomNumberGenerator.GetBytes(32);
    private readonly Dictionary<string, ProgramIdentity> _connectors = [];
    private WebApplication? _application;
    private long _sequence;

    private TestRepository(TestAuthority? authority)
    {
        _ownsAuthority = authority is null;
        Authority = authority ?? new TestAuthority();
    }

    public TestAuthority Authority { get; }

    public TemporaryFolder Folder { get; } = new();

    public string Storage => Folder["storage"];

    public int Port { get; private set; }

    public LogLines Log { get; } = new();

    /// <summary>Who grants leases, when there is no silo.</summary>
    public LeaseDesk Leases { get; private init; } = new();

    public CountedMetrics Metrics { get; private set; } = null!;

    public IServiceProvider Services => _application!.Services;

    public AccessBook Book => Services.GetRequiredService<AccessBook>();

    public LedgerView Ledger(string tenant) => Services.GetRequiredService<QuotaBook>().Of(tenant).View;

    public static async Task<TestRepository> StartAsync(
        Func<RepositoryOptions, RepositoryOptions>? options = null, TimeProvider? time = null, int siloPort = 0, TestAuthority? authority = null,
        ProgramIdentity? identity = null, LeaseDesk? leases = null)
    {
        var repository = new TestRepository(authority) { Leases = leases ?? new LeaseDesk() };
        await repository.OpenAsync(options ?? (o => o), time ?? TimeProvider.System, siloPort, identity);
        return repository;
    }

    /// <summary>Stops the host and starts another on the same storage.</summary>
    public async Task RestartAsync()
    {
        await CloseAsync();
        await OpenAsync(o => o, TimeProvider.System, 0, null);
    }

    public void Apply<T>(string kind, T data) =>
        Book.Apply(new EdgeEvent(++_sequence, kind, JsonSerializer.Serialize(data, ProtocolJson.Default.Options)));

    public void SetQuota(string tenant, long bytes)
    {
        Leases.Limits[tenant] = bytes;
        Apply(EdgeEventKinds.QuotaChanged, new TenantQuota(tenant, bytes));
    }

    public string OpenRoute(string tenant = "acme", string connector = "host1", AccessRights rights = AccessRights.Full, DateTimeOffset? expires = null)
    {
        var name = NewRouteName();
        Apply(EdgeEventKinds.GrantOpened, new RunGrant(name, tenant, connector, "daily", 1, rights, expires));
        return name;
    }

    public string NewRouteName() => _names.Route(RouteLabel.Create(_labelKey));

    public TestAccess OpenAccess(string tenant = "acme", params AccessRights[] rights)
    {
        var name = _names.NewAccess();
        var keys = (rights.Length == 0 ? [AccessRights.Full] : rights)
            .Select((right, i) => (Right: right, Key: "key" + i, Secret: Base32.Encode(RandomNumberGenerator.GetBytes(16)))).ToArray();
        var grant = new AccessGrant(
            name, tenant, [.. keys.Select(key => new AccessKeyGrant(key.Key, SHA256.HashData(Encoding.ASCII.GetBytes(key.Secret)), key.Right))]);
        Apply(EdgeEventKinds.AccessChanged, grant);
        return new TestAccess(name, grant, [.. keys.Select(key => (key.Key, key.Secret))]);
    }

    public ProgramIdentity Connector(string id = "acme/host1")
    {
        if (!_connectors.TryGetValue(id, out var identity))
        {
            _connectors[id] = identity = Authority.Issue(CertificateRole.Connector, id);
        }

        return identity;
    }

    /// <summary>A TCP connection with the PROXY header that a gateway writes.</summary>
    public async Task<NetworkStream> DialAsync(string authority, string gateway = Gateway, byte[]? key = null, int? port = null)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, port ?? Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Header(authority, gateway, key));
        return stream;
    }

    public static byte[] Header(string authority, string gateway = Gateway, byte[]? key = null) => new ProxyHeader(
        new IPEndPoint(IPAddress.Parse("192.0.2.7"), 40000), new IPEndPoint(IPAddress.Parse("192.0.2.1"), 6180), authority, gateway)
        .Write(key ?? ProxyKey);

    /// <summary>A TLS connection as a connector or restic makes it.</summary>
    public async Task<SslStream> ConnectAsync(string serverName, ProgramIdentity? identity = null, Action<SslClientAuthenticationOptions>? change = null)
    {
        var tls = new SslStream(await DialAsync(serverName));
        var options = TlsOptions(serverName, identity);
        change?.Invoke(options);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await tls.AuthenticateAsClientAsync(options, deadline.Token);
        return tls;
    }

    /// <summary>An HTTP client for one server name; each has connections of its own.</summary>
    public HttpClient Client(string serverName, ProgramIdentity? identity = null, int maxConnections = 100)
    {
        var handler = new SocketsHttpHandler
        {
            MaxConnectionsPerServer = maxConnections,
            UseProxy = false,
            SslOptions = TlsOptions(serverName, identity),
            ConnectCallback = async (_, _) => await DialAsync(serverName),
        };
        return new HttpClient(handler) { BaseAddress = new Uri($"https://{serverName}:6180/"), Timeout = TimeSpan.FromMinutes(2) };
    }

    /// <summary>A connector's client for a route.</summary>
    public HttpClient RouteClient(string tenant = "acme", AccessRights rights = AccessRights.Full, int maxConnections = 100) =>
        Client(OpenRoute(tenant, "host1", rights), Connector(tenant + "/host1"), maxConnections);

    /// <summary>An agentless client.</summary>
    public HttpClient AccessClient(TestAccess access, int key = 0)
    {
        var client = Client(access.ServerName);
        client.DefaultRequestHeaders.Authorization = access.Basic(key);
        return client;
    }

    public SslClientAuthenticationOptions TlsOptions(string serverName, ProgramIdentity? identity) => new()
    {
        TargetHost = serverName,
        EnabledSslProtocols = SslProtocols.Tls13,
        ApplicationProtocols = [SslApplicationProtocol.Http11],
        ClientCertificateContext = identity?.CertificateContext,
        RemoteCertificateValidationCallback = (_, certificate, chain, _) => AuthorityTrust.Check(
            certificate, chain!.ChainPolicy.ExtraStore, Authority.Root, CertificateRole.Repository, "repo1", serverName, TimeProvider.System) == PeerCheck.Ok,
    };

    public IEnumerable<string> TemporaryFiles() => Directory.EnumerateFiles(Path.Combine(Storage, "tmp"));

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        foreach (var connector in _connectors.Values)
        {
            connector.Dispose();
        }

        if (_ownsAuthority)
        {
            Authority.Dispose();
        }

        Folder.Dispose();
    }

    private async Task OpenAsync(Func<RepositoryOptions, RepositoryOptions> change, TimeProvider time, int siloPort, ProgramIdentity? identity)
    {
        var options = change(new RepositoryOptions
        {
            DataDirectory = Folder["data"],
            StorageDirectory = Storage,
            Listen = [new IPEndPoint(IPAddress.Loopback, 0)],
            StopTimeout = TimeSpan.FromSeconds(2),
        });
        Assert.Empty(RepositoryOptionsValidator.Validate(options));
        identity ??= Authority.Issue(CertificateRole.Repository, "repo1", port: siloPort == 0 ? 9 : siloPort);
        _application = RepositoryApplication.Build(options, identity, time, services =>
        {
            services.RemoveAll<ILoggerProvider>();
            services.AddSingleton<ILoggerProvider>(Log);
            if (siloPort == 0)
            {
                services.Replace(ServiceDescriptor.Singleton<ILeases>(Leases));
                foreach (var loop in services.Where(s =>
                    s.ServiceType == typeof(IHostedService)
                    && s.ImplementationType is { } type
                    && (type == typeof(EdgeLink) || type == typeof(HeartbeatLoop) || type == typeof(RenewalLoop))).ToArray())
                {
                    services.Remove(loop);
                }
            }
        }, CancellationToken.None);
        Metrics = new CountedMetrics(_application.Services.GetRequiredService<IMeterFactory>());
        await _application.StartAsync();
        var address = _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Port = new Uri(address).Port;
        if (siloPort == 0)
        {
            Apply(EdgeEventKinds.GatewayChanged, new GatewayKey(Gateway, ProxyKey));
        }
    }

    private async Task CloseAsync()
    {
        await _application!.StopAsync();
        await _application.DisposeAsync();
        Metrics.Dispose();
    }
}
