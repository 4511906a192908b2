using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Headgate.Grains;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Proxy;
using Headgate.Server.Administration;
using Headgate.Server.Commands;
using Headgate.Server.Hosting;
using Headgate.Silo.Certificates;
using Headgate.Silo.Listening;
using Headgate.Silo.Storage;
using Headgate.Silo.Tests.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Headgate.Silo.Tests.Api;

/// <summary>A whole silo in this process: real database, real grains, real sockets on ports that the system chose.</summary>
public sealed class SiloWorld : IAsyncLifetime
{
    internal const string Zone = "demo.test";

    private TemporaryFolder? _folder;
    private string? _database;
    private WebApplication? _app;
    private int _ids;

    internal ShiftedTimeProvider Time { get; } = new();

    /// <summary>What a test wants otherwise than usual, before the start.</summary>
    internal Action<SiloOptions>? Configure { get; init; }

    internal string Folder => _folder!.Path;

    internal AdminClient Admin { get; private set; } = null!;

    internal IServiceProvider Services => _app!.Services;

    internal IClusterClient Grains => Services.GetRequiredService<IClusterClient>();

    internal Authority Authority => Services.GetRequiredService<Authority>();

    internal IPEndPoint Edge => Services.GetRequiredService<ListeningAddresses>().Edge;

    internal IPEndPoint Tenant => Services.GetRequiredService<ListeningAddresses>().Tenant;

    /// <summary>The gateway that tenants' connections of this world come through.</summary>
    internal ProgramIdentity Gateway { get; private set; } = null!;

    internal static CancellationToken Deadline => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    public async ValueTask InitializeAsync()
    {
        (_folder, _database) = await TestDatabases.NewFolderAsync();
        await StartAsync();
        Gateway = await EnrolGatewayAsync("gtw1");

        // One that was never heard is in no list 10 s after the start; the only one that was falls silent in doubt, and stays.
        await Grains.GetGrain<IGatewayGrain>("gtw1").HeartbeatAsync(new GatewayLoad("0.1.0", 0, 0, 0, 0, 0, 1), [], Deadline);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder?.Dispose();
    }

    internal async Task StartAsync()
    {
        var options = new ServerOptions
        {
            Silo = new SiloOptions { DataDirectory = Folder, Database = _database, Zone = Zone, EdgeListen = "127.0.0.1:0", TenantListen = "127.0.0.1:0" },
            PortalListen = "127.0.0.1:0",
            SiteListen = "127.0.0.1:0",
            DownloadsDirectory = Path.Combine(Folder, "downloads"),
            LogLevel = LogLevel.None,
        };
        Configure?.Invoke(options.Silo);
        Assert.Empty(options.Validate());
        _app = SiloHost.Build(options, builder => builder.Services.AddSingleton<TimeProvider>(Time));
        await _app.StartAsync();
        Admin = new AdminClient(Folder);
    }

    internal async Task StopAsync()
    {
        Admin.Dispose();
        await _app!.StopAsync();
        await _app.DisposeAsync();
    }

    /// <summary>An id that nothing in this world has yet.</summary>
    internal string NewId(string prefix) => $"{prefix}{Interlocked.Increment(ref _ids)}";

    // ---- what the provider sets up

    internal Task<T> PostAsync<T>(string path, object body) => Admin.SendAsync<T>(HttpMethod.Post, path, body, Deadline);

    internal async Task<string> AddTenantAsync(params string[] repositories)
    {
        var tenant = NewId("acme");
        await PostAsync<TenantInfo>(ManagementRoutes.Tenants, new NewTenant(tenant, "Acme", null, null, 0));
        foreach (var repository in repositories)
        {
            await Admin.SendAsync<QuotaInfo>(HttpMethod.Put, ManagementRoutes.Quota(tenant, repository), new QuotaLimit(1L << 30, null), Deadline);
        }

        return tenant;
    }

    internal async Task<EnrolmentCode> GatewayCodeAsync(string id)
    {
        var port = 10_000 + Interlocked.Increment(ref _ids);
        var added = await PostAsync<GatewayWithCode>(ManagementRoutes.Gateways, new NewGateway(id, GatewayMode.Direct, "127.0.0.1", port, 100, null));
        return Parse(added.Code);
    }

    internal async Task<EnrolmentCode> RepositoryCodeAsync(string id)
    {
        var port = 10_000 + Interlocked.Increment(ref _ids);
        return Parse((await PostAsync<RepositoryWithCode>(ManagementRoutes.Repositories, new NewRepository(id, "127.0.0.1", port))).Code);
    }

    internal async Task<EnrolmentCode> ConnectorCodeAsync(string tenant, long seconds = 3600) =>
        Parse((await PostAsync<CodeAnswer>(ManagementRoutes.ConnectorCodes(tenant), new NewConnectorCode(AccessLevel.Full, seconds))).Code);

    // ---- who enrols

    internal async Task<ProgramIdentity> EnrolGatewayAsync(string id) => await EnrolAsync(await GatewayCodeAsync(id));

    internal async Task<ProgramIdentity> EnrolRepositoryAsync(string id) => await EnrolAsync(await RepositoryCodeAsync(id));

    internal async Task<ProgramIdentity> EnrolConnectorAsync(string tenant, string host = "desk") => await EnrolAsync(await ConnectorCodeAsync(tenant), host);

    internal Task<ProgramIdentity> EnrolAsync(EnrolmentCode code, string host = "host") => EnrolmentClient.EnrolAsync(
        code,
        token => code.Role == CertificateRole.Connector ? DialTenantAsync(source: RandomSource(), cancellationToken: token) : DialEdgeAsync(RandomSource(), token),
        host,
        Time,
        Deadline);

    // ---- connections

    internal EdgeClient EdgeClient(ProgramIdentity identity) => new(identity, Time);

    /// <summary>HTTP to the edge API with any certificate, or none.</summary>
    internal HttpClient EdgeHttp(ProgramIdentity? identity, IPAddress? source = null) =>
        Http("edge." + Zone, identity?.CertificateContext, token => DialEdgeAsync(source, token));

    /// <summary>HTTP to the tenant API through a gateway, with any certificate, or none.</summary>
    internal HttpClient TenantHttp(ProgramIdentity? identity, string gateway = "gtw1", IPAddress? source = null) =>
        Http("cc." + Zone, identity?.CertificateContext, token => DialTenantAsync(gateway, source: source, cancellationToken: token));

    internal HttpClient Http(string serverName, SslStreamCertificateContext? certificate, Func<CancellationToken, Task<Stream>> dial)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            Expect100ContinueTimeout = TimeSpan.FromSeconds(60),
            ConnectCallback = async (_, token) =>
            {
                var tls = new SslStream(await dial(token));
                await tls.AuthenticateAsClientAsync(
                    new SslClientAuthenticationOptions
                    {
                        TargetHost = serverName,
                        EnabledSslProtocols = SslProtocols.Tls13,
                        ClientCertificateContext = certificate,
                        ApplicationProtocols = [SslApplicationProtocol.Http11],
                        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                        RemoteCertificateValidationCallback = (_, peer, chain, _) => AuthorityTrust.Check(
                            peer, chain!.ChainPolicy.ExtraStore, Authority.Root, CertificateRole.Silo, null, serverName, Time) == PeerCheck.Ok,
                    },
                    token);
                return tls;
            },
        };
        var client = new HttpClient(handler) { BaseAddress = new Uri($"http://{serverName}"), Timeout = TimeSpan.FromSeconds(100) };
        client.DefaultRequestHeaders.Add(ProtocolVersion.HeaderName, ProtocolVersion.Current);
        return client;
    }

    internal async Task<Stream> DialEdgeAsync(IPAddress? source, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (source is not null)
        {
            socket.Bind(new IPEndPoint(source, 0));
        }

        await socket.ConnectAsync(Edge, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>A connection as a gateway makes it: PROXY header, then whatever the tenant sends.</summary>
    internal async Task<Stream> DialTenantAsync(
        string gateway = "gtw1", string authority = "cc." + Zone, IPAddress? source = null, byte[]? key = null, CancellationToken cancellationToken = default)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(Tenant, cancellationToken);
        var header = new ProxyHeader(new IPEndPoint(source ?? IPAddress.Parse("198.51.100.7"), 4711), new IPEndPoint(IPAddress.Loopback, 6180), authority, gateway);
        await socket.SendAsync(header.Write(key ?? ProxyKey(gateway)), cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>The key of a gateway's headers to the tenant API.</summary>
    internal byte[] ProxyKey(string gateway, long enrolment = 1) => Authority.ProxyKey(new(gateway, enrolment), new(BelievedGateways.TenantApiTarget, 0));

    /// <summary>An address of the loopback network, so that one test's enrolments do not count against another's.</summary>
    internal static IPAddress RandomSource() =>
        new([127, (byte)Random.Shared.Next(10, 250), (byte)Random.Shared.Next(1, 250), (byte)Random.Shared.Next(1, 250)]);

    internal async Task<T> QueryAsync<T>(Func<DbContext, Task<T>> query)
    {
        await using var db = await Services.GetRequiredService<IDbContextFactory<SiloDbContext>>().CreateDbContextAsync();
        return await query(db);
    }

    private static EnrolmentCode Parse(string text)
    {
        Assert.True(EnrolmentCode.TryParse(text, out var code), text);
        return code;
    }
}
