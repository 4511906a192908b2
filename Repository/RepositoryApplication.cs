using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Proxy;
using Headgate.Repository.Access;
using Headgate.Repository.Activity;
using Headgate.Repository.Blobs;
using Headgate.Repository.Edge;
using Headgate.Repository.Quota;
using Headgate.Repository.Restic;
using Headgate.Repository.Resume;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Headgate.Repository;

/// <summary>Puts a repository together: PROXY v2, the connection's record, TLS, resumable streams, restic's protocol; and beside it the link to the silo.</summary>
internal static class RepositoryApplication
{
    private static readonly TimeSpan s_handshakeTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_keepAliveTimeout = TimeSpan.FromMinutes(5);

    /// <summary>Builds it; nothing is opened before it is started but the storage, which is counted here.</summary>
    /// <param name="options">Valid options.</param>
    /// <param name="identity">Who this repository is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="configure">Changes services, for tests; null for none.</param>
    /// <param name="token">Gives up counting.</param>
    public static WebApplication Build(
        RepositoryOptions options, ProgramIdentity identity, TimeProvider time, Action<IServiceCollection>? configure, CancellationToken token)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            console.UseUtcTimestamp = true;
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.StopTimeout);
        builder.Services
            .AddMetrics()
            .AddSingleton<IHostLifetime, NoSignals>()
            .AddSingleton(options)
            .AddSingleton(time)
            .AddSingleton<RepositoryMetrics>()
            .AddSingleton(services => new ServerCertificates(identity, services.GetRequiredService<RepositoryOptions>()))
            .AddSingleton(services => new EdgeSession(identity, services.GetRequiredService<TimeProvider>()))
            .AddSingleton<RecentCommits>()
            .AddSingleton<BlobLayout>()
            .AddSingleton(_ => new DiskLane())
            .AddSingleton<BlobStore>()
            .AddSingleton<BlobWriter>()
            .AddSingleton<QuotaBook>()
            .AddSingleton<RepositoryCount>()
            .AddSingleton<MaintenanceWindows>()
            .AddSingleton<Recount>()
            .AddSingleton(services => LeaseHost.Open(options.DataDirectory, services.GetRequiredService<TimeProvider>()))
            .AddSingleton<ILeases, EdgeLeases>()
            .AddSingleton<RecountLoop>()
            .AddSingleton<ConnectionRegistry>()
            .AddSingleton<AccessBook>()
            .AddSingleton<GrantLookup>()
            .AddSingleton<TlsGate>()
            .AddSingleton<RequestGate>()
            .AddSingleton<RefusalWriter>()
            .AddSingleton<UploadHandler>()
            .AddSingleton<DownloadHandler>()
            .AddSingleton<RepositoryLister>()
            .AddSingleton<ResticHandler>()
            .AddSingleton<ReportStore>()
            .AddSingleton<SnapshotReporter>()
            .AddSingleton<SessionTable>()
            .AddSingleton<ResumeMiddleware>()
            .AddHostedService(services => services.GetRequiredService<SessionTable>())
            .AddHostedService(services => services.GetRequiredService<SnapshotReporter>())
            .AddSingleton<AccessWatch>()
            .AddHostedService(services => services.GetRequiredService<AccessWatch>())
            .AddHostedService<ConnectionSweeper>()
            .AddHostedService<EdgeLink>()
            .AddHostedService<LeaseLoop>()
            .AddHostedService(services => services.GetRequiredService<RecountLoop>())
            .AddHostedService<HeartbeatLoop>()
            .AddHostedService<RenewalLoop>();
        configure?.Invoke(builder.Services);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, options));

        var application = builder.Build();
        try
        {
            application.Services.GetRequiredService<Recount>().Run(token);
            var handler = application.Services.GetRequiredService<ResticHandler>();
            application.Run(handler.HandleAsync);
            return application;
        }
        catch
        {
            ((IDisposable)application).Dispose();
            throw;
        }
    }

    private static void Configure(KestrelServerOptions kestrel, RepositoryOptions options)
    {
        var services = kestrel.ApplicationServices;
        kestrel.AddServerHeader = false;
        kestrel.AllowResponseHeaderCompression = false;
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.MaxRequestBodySize = null; // the quota is the limit
        kestrel.Limits.MinRequestBodyDataRate = null; // slow links are served; the stall rule ends dead ones
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 50;
        kestrel.Limits.MaxRequestLineSize = 4 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        kestrel.Limits.KeepAliveTimeout = s_keepAliveTimeout;
        foreach (var endpoint in options.Listen)
        {
            kestrel.Listen(endpoint, listen => Listen(listen, services));
        }
    }

    private static void Listen(ListenOptions listen, IServiceProvider services)
    {
        var connections = services.GetRequiredService<ConnectionRegistry>();
        var metrics = services.GetRequiredService<RepositoryMetrics>();
        var log = services.GetRequiredService<ILoggerFactory>().CreateLogger("Headgate.Repository.Listener");
        var book = services.GetRequiredService<AccessBook>();
        var gate = services.GetRequiredService<TlsGate>();
        var resume = services.GetRequiredService<ResumeMiddleware>();
        listen.Protocols = HttpProtocols.Http1;
        ((IConnectionBuilder)listen).UseProxyProtocol(book.KeyOf, status =>
        {
            var reason = status switch
            {
                ProxyReadStatus.UnknownGateway => ConnectionRefusal.ProxyUnknownGateway,
                ProxyReadStatus.BadMac => ConnectionRefusal.ProxyBadMac,
                ProxyReadStatus.Late => ConnectionRefusal.ProxyLate,
                _ => ConnectionRefusal.ProxyMalformed,
            };
            metrics.ConnectionRefused(reason);
            ListenerLog.Refused(log, Words.Kebab(reason.ToString()));
        });
        listen.Use(next => async transport =>
        {
            var connection = connections.Open(transport, transport.Features.GetRequiredFeature<IProxyConnectionFeature>().Header);
            try
            {
                // A gateway that was removed between its header and this line is not found by its removal.
                if (book.KeyOf(connection.Gateway) is null)
                {
                    metrics.ConnectionRefused(ConnectionRefusal.ProxyUnknownGateway);
                    connection.IsRefused = true;
                    transport.Abort();
                    return;
                }

                transport.Features.Set(connection);
                await next(transport);
            }
            finally
            {
                if (connection.Counter is null && !connection.IsRefused)
                {
                    metrics.ConnectionRefused(ConnectionRefusal.HandshakeFailed);
                    ListenerLog.Refused(log, Words.Kebab(nameof(ConnectionRefusal.HandshakeFailed)));
                }

                connections.Close(connection);
            }
        });
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = gate.OnConnectionAsync,
            HandshakeTimeout = s_handshakeTimeout,
        });
        listen.Use(next => transport => resume.OnConnectionAsync(transport, next));
    }
}
