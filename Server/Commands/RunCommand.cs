using System.CommandLine;
using Headgate.Protocol.Services;
using Headgate.Server.Hosting;
using Headgate.Silo;

namespace Headgate.Server.Commands;

/// <summary><c>headgate-server run</c>.</summary>
internal static class RunCommand
{
    public static Command Create(TextWriter output)
    {
        var zone = new Option<string>("--zone") { Description = "The provider's zone, such as backup.example.com.", Required = true, HelpName = "ZONE" };
        var publicName = new Option<string?>("--public-name") { Description = "The name tenants enrol at. Default: cc.ZONE.", HelpName = "NAME" };
        var publicPort = new Option<int>("--public-port") { Description = "The gateways' public port.", DefaultValueFactory = _ => 6180, HelpName = "PORT" };
        var edgeListen = Address("--edge-listen", "Where the edge API listens; port 0: any.", "127.0.0.1:6181");
        var edgeAddress = Address("--edge-address", "Where gateways and repositories reach it. Default: what it listens on.", null);
        var tenantListen = Address("--tenant-listen", "Where the tenant API listens; port 0: any.", "127.0.0.1:6182");
        var tenantAddress = Address("--tenant-address", "Where gateways reach it. Default: what it listens on.", null);
        var edgeConnections = Count("--edge-max-connections", "Connections that the edge API holds at once.", 20_000);
        var edgeConnectionsPerSource = Count("--edge-max-connections-per-source", "Of those from one address.", 512);
        var tenantConnections = Count("--tenant-max-connections", "Connections that the tenant API and the tenants' site hold at once, each.", 20_000);
        var tenantConnectionsPerSource = Count("--tenant-max-connections-per-source", "Of those from one address, as a gateway tells it.", 1_000);
        var portalListen = Address("--portal-listen", "Where the provider's portal listens; port 0: any.", "127.0.0.1:6184");
        var siteListen = Address("--site-listen", "Where the tenants' site listens for gateways; port 0: any.", "127.0.0.1:6185");
        var siteAddress = Address("--site-address", "Where gateways reach it. Default: what it listens on.", null);
        var noPortal = new Option<bool>("--no-portal") { Description = "Run neither the portal nor the tenants' site." };
        var portalCertificate = File("--portal-certificate", "The portal's certificate and those that follow it. Default: one of the authority.");
        var portalKey = File("--portal-key", "Its private key.");
        var siteCertificate = File("--site-certificate", "The tenants' site's certificate and those that follow it. Default: one of the authority.");
        var siteKey = File("--site-key", "Its private key.");
        var contact = new Option<string?>("--contact") { Description = "How tenants reach you, for their recovery sheets.", HelpName = "TEXT" };
        var session = new Option<TimeSpan>("--session-lifetime")
        {
            Description = "How long a sign-in to the sites lasts, such as 12h.",
            DefaultValueFactory = _ => TimeSpan.FromHours(12),
            CustomParser = Values.Duration,
            HelpName = "TIME",
        };
        var withGateway = Address("--with-gateway", "Run a gateway in this process, listening here.", null);
        var gatewayAddress = Address("--gateway-address", "Where tenants reach that gateway. Default: what it listens on.", null);
        var repositoryListen = Address("--repository-listen", "Where the repository in this process listens for gateways.", "127.0.0.1:6183");
        var withRepository = new Option<string?>("--with-repository") { Description = "Run a repository in this process, keeping its data here.", HelpName = "DIR" };
        var sessionWait = new Option<TimeSpan>("--session-wait")
        {
            Description = "How long a resumable stream waits at that repository for its connector when no connection carries it, 1s to 24h.",
            DefaultValueFactory = _ => TimeSpan.FromMinutes(20),
            CustomParser = Values.Duration,
            HelpName = "TIME",
        };
        var sessionsPerTenant = Count("--sessions-per-tenant", "Resumable streams that a tenant may have there at once, 1 to 10000.", 64);
        var sessionMemory = new Option<long>("--session-memory")
        {
            Description = "Memory for what resumable streams may have to send again there, all together, 1MiB to 1TiB; each has 256 KiB for certain.",
            DefaultValueFactory = _ => 256 << 20,
            CustomParser = Values.Size,
            HelpName = "SIZE",
        };
        var downloads = new Option<string>("--downloads")
        {
            Description = "Folder with the programs' archives to offer. Default: downloads beside the program.",
            DefaultValueFactory = _ => ServerOptions.DefaultDownloads,
            HelpName = "DIR",
        };
        var logLevel = new Option<LogLevel>("--log-level") { Description = "Least level that is logged.", DefaultValueFactory = _ => LogLevel.Information };
        var command = new Command("run", "Runs the server until SIGTERM or Ctrl-C.")
        {
            zone, publicName, publicPort, edgeListen, edgeAddress, tenantListen, tenantAddress, edgeConnections, edgeConnectionsPerSource,
            tenantConnections, tenantConnectionsPerSource, portalListen, noPortal, portalCertificate, portalKey,
            siteListen, siteAddress, siteCertificate, siteKey, contact, session, withGateway, gatewayAddress,
            withRepository, repositoryListen, sessionWait, sessionsPerTenant, sessionMemory, downloads, logLevel,
        };
        var database = new DatabaseOptions();
        database.AddTo(command);
        command.SetAction((values, token) =>
        {
            var options = new ServerOptions
            {
                Silo = new SiloOptions
                {
                    DataDirectory = values.GetRequiredValue(ServerCommand.Data),
                    Zone = values.GetRequiredValue(zone),
                    PublicName = values.GetValue(publicName),
                    PublicPort = values.GetValue(publicPort),
                    EdgeListen = values.GetValue(edgeListen)!,
                    EdgeAddress = values.GetValue(edgeAddress),
                    TenantListen = values.GetValue(tenantListen)!,
                    TenantAddress = values.GetValue(tenantAddress),
                    SiteAddress = values.GetValue(siteAddress),
                    EdgeMaxConnections = values.GetValue(edgeConnections),
                    EdgeMaxConnectionsPerSource = values.GetValue(edgeConnectionsPerSource),
                    TenantMaxConnections = values.GetValue(tenantConnections),
                    TenantMaxConnectionsPerSource = values.GetValue(tenantConnectionsPerSource),
                },
                PortalListen = values.GetValue(noPortal) ? null : values.GetValue(portalListen),
                PortalCertificate = values.GetValue(portalCertificate),
                PortalKey = values.GetValue(portalKey),
                SiteListen = values.GetValue(siteListen)!,
                SiteCertificate = values.GetValue(siteCertificate),
                SiteKey = values.GetValue(siteKey),
                Contact = values.GetValue(contact),
                SessionLifetime = values.GetValue(session),
                WithGateway = values.GetValue(withGateway),
                GatewayAddress = values.GetValue(gatewayAddress),
                WithRepository = values.GetValue(withRepository),
                RepositoryListen = values.GetValue(repositoryListen)!,
                SessionWait = values.GetValue(sessionWait),
                MaxSessionsPerTenant = values.GetValue(sessionsPerTenant),
                SessionBytes = values.GetValue(sessionMemory),
                DownloadsDirectory = values.GetValue(downloads)!,
                LogLevel = values.GetValue(logLevel),
            };
            PrivateFiles.ForThisProcess();
            var choice = database.Choose(values);
            choice.Apply(options.Silo);
            return ServiceManager.RunAsync(
                "headgate-server",
                Path.Combine(options.Silo.DataDirectory, "log"),
                (manager, asked) => ServerProcess.RunAsync(options, choice, manager, output, asked),
                token);
        });
        return command;
    }

    private static Option<string?> File(string name, string description) => new(name) { Description = description, HelpName = "PEM" };

    private static Option<int> Count(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value, HelpName = "NUMBER" };

    private static Option<string?> Address(string name, string description, string? value)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "ADDRESS:PORT" };
        if (value is not null)
        {
            option.DefaultValueFactory = _ => value;
        }

        return option;
    }
}
