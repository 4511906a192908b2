using System.CommandLine;
using Headgate.Grains;
using Headgate.Server.Administration;

namespace Headgate.Server.Commands;

/// <summary><c>connector list | revoke</c>.</summary>
internal sealed class ConnectorCommands(ServerCommand server)
{
    private readonly Argument<string> _tenant = new("TENANT") { Description = "The tenant's id." };
    private readonly Argument<string> _connector = new("CONNECTOR") { Description = "The connector's id." };

    public Command Create() => new("connector", "Tenants' connectors.")
    {
        server.Talk("list", "Lists a tenant's connectors.", [_tenant], async (context, token) =>
            Print(context, await context.Server.GetAsync<TenantInfo>(ManagementRoutes.Tenant(context.Get(_tenant)), token))),
        server.Talk("revoke", "Revokes a connector: its routes close within 5 s.", [_tenant, _connector, ServerCommand.ExpectVersion], async (context, token) =>
            Print(context, await context.Server.SendAsync<TenantInfo>(
                HttpMethod.Delete, ManagementRoutes.Connector(context.Get(_tenant), context.Get(_connector)), null, token))),
    };

    internal static void Table(CommandContext context, TenantInfo tenant) => context.Screen.Table(
        ["connector", "host", "may", "enrolled", "certificate ends", "revoked"],
        tenant.Connectors.Select(connector => new[]
        {
            connector.Connector,
            connector.Host,
            connector.Level.ToString(),
            Texts.Time(connector.Enrolled),
            Texts.Time(connector.NotAfter),
            Texts.YesNo(connector.Revoked),
        }),
        "The tenant has no connector yet.");

    private static void Print(CommandContext context, TenantInfo tenant)
    {
        if (context.Screen.IsJson)
        {
            context.Screen.Json(tenant.Connectors);
            return;
        }

        Table(context, tenant);
    }
}
