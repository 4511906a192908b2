using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Headgate.Gateway.Listening;
using Headgate.Gateway.Routing;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headgate.Gateway.Tests.Support;

/// <summary>A whole gateway in this process, with a scripted silo and one repository, on a port chosen by the system.</summary>
internal sealed class GatewayUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly CancellationTokenSource _stop = new();
    private IHost? _host;

    public GatewayUnderTest()
    {
        Edge = new ScriptedEdge(Authority);
        Edge.Targets["tenant-api"] = TenantApi.Target;
        Edge.Targets["repo1"] = Repository.Target;
        Options.Listen.Add("127.0.0.1:0");
        Options.DataFolder = Path.Combine(Path.GetTempPath(), "headgate-gateway-" + Guid.NewGuid().ToString("N"));
        Options.DrainTimeout = TimeSpan.FromSeconds(1);

        // A busy machine is no slow client; tests about these limits set their own.
        Options.HelloTimeout = s_patience;
        Options.DialTimeout = s_patience;
    }

    public TestAuthority Authority { get; } = new();

    public ScriptedEdge Edge { get; }

    public TlsEchoTarget TenantApi { get; } = new("tenant-api");

    public TlsEchoTarget Repository { get; } = new("repo1");

    public GatewayOptions Options { get; } = new();

    public TimeSpan? CertificateLife { get; set; }

    public Action<IServiceCollection>? Configure { get; set; }

    public IReadOnlyList<IPEndPoint> EndPoints { get; private set; } = [];

    public IPEndPoint EndPoint => EndPoints[0];

    public IServiceProvider Services => _host!.Services;

    public GatewayCounters Counters => Services.GetRequiredService<GatewayCounters>();

    public RouteTable Table => Services.GetRequiredService<RouteTable>();

    public LiveConnections Live => Services.GetRequiredService<LiveConnections>();

    public ListenerSupervisor Listeners => Services.GetRequiredService<ListenerSupervisor>();

    public static string Route(char fill = 'a') => $"r-{new string(fill, 40)}.data.{TestAuthority.Zone}";

    public static string Access(char fill = 'a') => $"a-{new string(fill, 26)}.access.{TestAuthority.Zone}";

    public static GatewayRoute To(string name, string target = "repo1", TimeSpan? expires = null) =>
        new(name, target, "acme", DateTimeOffset.UtcNow + (expires ?? TimeSpan.FromMinutes(30)));

    /// <summary>Silo and gateway, until the gateway accepts.</summary>
    public async Task StartAsync()
    {
        await Edge.StartAsync();
        await StartGatewayAsync();
        await Eventually.TrueAsync(() => EndPoints.Count == Options.Listen.Count, () => "the gateway never listened");
    }

    public async Task StartGatewayAsync()
    {
        EndPoints = [];
        Options.Ready = endPoints => EndPoints = endPoints;
        var identity = Authority.Issue(CertificateRole.Gateway, Edge.GatewayId, to: DateTimeOffset.UtcNow + CertificateLife, port: Edge.Port);
        identity.Save(Options.DataFolder);
        _host = GatewayHost.Build(Options, identity, services =>
        {
            services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.None));
            services.AddSingleton(provider => ActivatorUtilities.CreateInstance<RouteResolver>(provider, s_patience));
            Configure?.Invoke(services);
        });
        await _host.StartAsync();
    }

    public async Task StopGatewayAsync()
    {
        await _host!.StopAsync();
        _host.Dispose();
        _host = null;
    }

    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(EndPoint);
        return socket;
    }

    /// <summary>TLS through the gateway.</summary>
    public async Task<SslStream> TlsAsync(string serverName)
    {
        var tls = new SslStream(new NetworkStream(await ConnectAsync(), ownsSocket: true));
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = serverName,
                    EnabledSslProtocols = SslProtocols.Tls13,
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
                },
                CancellationToken.None).WaitAsync(Eventually.Deadline);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether TLS to <paramref name="serverName"/> comes to a target that echoes.</summary>
    public async Task<bool> EchoesAsync(string serverName)
    {
        try
        {
            await using var tls = await TlsAsync(serverName);
            await EchoAsync(tls, "ping");
            return true;
        }
        catch (Exception e) when (e is IOException or AuthenticationException or SocketException)
        {
            return false;
        }
    }

    public static async Task EchoAsync(Stream stream, string text)
    {
        var sent = System.Text.Encoding.UTF8.GetBytes(text);
        await stream.WriteAsync(sent);
        var back = new byte[sent.Length];
        await stream.ReadExactlyAsync(back).AsTask().WaitAsync(Eventually.Deadline);
        Assert.Equal(sent, back);
    }

    /// <summary>Sends bytes, reads to the end. Null when the connection was reset.</summary>
    public async Task<byte[]?> ExchangeAsync(byte[] bytes)
    {
        try
        {
            using var socket = await ConnectAsync();
            await socket.SendAsync(bytes);
            return await ReadToEndAsync(socket);
        }
        catch (SocketException)
        {
            // A reset may come before all is sent, and before this process has seen that it is connected.
            return null;
        }
    }

    public static async Task<byte[]?> ReadToEndAsync(Socket socket)
    {
        using var all = new MemoryStream();
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer).WaitAsync(Eventually.Deadline) is > 0 and var read)
            {
                all.Write(buffer, 0, read);
            }

            return all.ToArray();
        }
        catch (SocketException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await StopGatewayAsync();
        }

        await Edge.DisposeAsync();
        await TenantApi.DisposeAsync();
        await Repository.DisposeAsync();
        Authority.Dispose();
        _stop.Dispose();
        if (Directory.Exists(Options.DataFolder))
        {
            Directory.Delete(Options.DataFolder, recursive: true);
        }
    }
}
