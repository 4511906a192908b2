using Headgate.Portal;
using Headgate.Server.Administration;
using Headgate.Server.Backup;
using Headgate.Server.Drills;
using Headgate.Silo.Certificates;
using Headgate.Silo.EdgeApi;
using Headgate.Silo.Grains;
using Headgate.Silo.Hosting;
using Headgate.Silo.Listening;
using Headgate.Silo.Storage;
using Headgate.Silo.TenantApi;
using Microsoft.Extensions.Logging.Console;

namespace Headgate.Server.Hosting;

/// <summary>Composes the server process: engine, storage, grains, authority, both APIs, the management API.</summary>
internal static class SiloHost
{
    private static readonly TimeSpan s_shutdownTimeout = TimeSpan.FromSeconds(20);

    /// <summary>Builds the host; nothing listens yet. The data directory's lock must be held.</summary>
    /// <param name="options">Validated options.</param>
    /// <param name="configure">Further services, for tests.</param>
    public static WebApplication Build(ServerOptions options, Action<WebApplicationBuilder>? configure = null)
    {
        var socket = AdminSocket.PathOf(options.Silo.DataDirectory);
        AdminSocket.RemoveStale(socket);
        EndPointText.TryParseListen(options.Silo.EdgeListen, out var edge);
        EndPointText.TryParseListen(options.Silo.TenantListen, out var tenant);

        // Empty: no configuration out of the environment or of files that happen to lie about.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.AddLogging(options.LogLevel);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = s_shutdownTimeout);
        builder.UseEngine();
        builder.Services.AddSiloStorage(options.Silo);
        builder.Services.AddAuthority();
        builder.Services.AddSiloGrains();
        builder.Services.AddSiloApis();
        builder.Services.AddSingleton<BackupCopies>();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<FirstAdministrator>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<FirstAdministrator>());
        builder.Services.AddSingleton<Companions>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<Companions>());
        builder.Services.AddSingleton<ICronReader, CronReader>();
        builder.Services.AddSingleton<DrillRunner>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<DrillRunner>());
        builder.Services.AddSingleton<Downloads>();
        builder.Services.AddSingleton<IDownloads>(provider => provider.GetRequiredService<Downloads>());
        builder.Services.AddSites();
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.ListenTenant(tenant!);
            kestrel.ListenEdge(edge!);
            kestrel.ListenManagement(socket);
        });
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = AdminSocket.Bind);
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapDownloads();
        app.MapEdgeApi();
        app.MapTenantApi();
        app.MapManagementApi();
        return app;
    }

    private static void AddSites(this IServiceCollection services)
    {
        services.AddSingleton<LiveHub>();
        services.AddHostedService(provider => provider.GetRequiredService<LiveHub>());
        services.AddSingleton<Sites>();
        services.AddHostedService(provider => provider.GetRequiredService<Sites>());
    }

    private static void AddLogging(this WebApplicationBuilder builder, LogLevel level)
    {
        // Standard output is for the ready line and for answers; everything else goes to standard error.
        builder.Logging.SetMinimumLevel(level);
        builder.Logging.AddFilter("Microsoft", level < LogLevel.Warning ? LogLevel.Warning : level);
        builder.Logging.AddFilter("Orleans", level < LogLevel.Warning ? LogLevel.Warning : level);

        // Or each request gets an activity and a scope that nobody reads, a fifth of what it allocates.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        // A lost race or a name that is taken is an expected outcome and answered as one; what is not reaches the log through whoever asked.
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Critical);

        // It warns of keys without an encryptor, for it knows nothing of the seal around them. Its errors stay.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager", level < LogLevel.Error ? LogLevel.Error : level);
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.UseUtcTimestamp = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
