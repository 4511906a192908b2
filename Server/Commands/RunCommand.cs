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
        var withGateway = Address("--with-gateway", "Run a gateway in this process, listening here.", null);
        var gatewayAddress = Address("--gateway-address", "Where tenants reach that gateway. Default: what it listens on.", null);
        var repositoryListen = Address("--repository-listen", "Where the repository in this process listens for gateways.", "127.0.0.1:6183");
        var withRepository = new Option<string?>("--with-repository") { Description = "Run a repository in this process, keeping its data here.", HelpName = "DIR" };
        var logLevel = new Option<LogLevel>("--log-level") { Description = "Least level that is logged.", DefaultValueFactory = _ => LogLevel.Information };
        var command = new Command("run", "Runs the server until SIGTERM or Ctrl-C.")
        {
            zone, publicName, publicPort, edgeListen, edgeAddress, tenantListen, tenantAddress, withGateway, gatewayAddress,
            withRepository, repositoryListen, logLevel,
        };
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
                },
                WithGateway = values.GetValue(withGateway),
                GatewayAddress = values.GetValue(gatewayAddress),
                WithRepository = values.GetValue(withRepository),
                RepositoryListen = values.GetValue(repositoryListen)!,
                LogLevel = values.GetValue(logLevel),
            };
            return ServiceManager.RunAsync(
                "headgate-server",
                Path.Combine(options.Silo.DataDirectory, "log"),
                (manager, asked) => ServerProcess.RunAsync(options, manager, output, asked),
                token);
        });
        return command;
    }

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
