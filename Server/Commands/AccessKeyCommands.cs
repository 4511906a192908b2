using System.CommandLine;
using Headgate.Grains;
using Headgate.Server.Administration;

namespace Headgate.Server.Commands;

/// <summary><c>access-key add | list | revoke</c>: agentless access with a stock client.</summary>
internal sealed class AccessKeyCommands(ServerCommand server)
{
    private readonly Argument<string> _tenant = new("TENANT") { Description = "The tenant's id." };
    private readonly Argument<string> _repository = new("REPOSITORY") { Description = "The repository's id." };
    private readonly Argument<string> _key = new("KEY") { Description = "The key's public half." };
    private readonly Option<bool> _appendOnly = new("--append-only") { Description = "The key may read and add, and delete nothing." };
    private readonly Option<bool> _readOnly = new("--read-only") { Description = "The key may only read." };
    private readonly Option<string> _name = new("--name") { Description = "What the key is called.", DefaultValueFactory = _ => "access key" };

    public Command Create() => new("access-key", "Access keys: agentless access with a stock client.")
    {
        server.Talk("add", "Makes an access key and prints the client's URL, once.", [_tenant, _repository, _appendOnly, _readOnly, _name], AddAsync),
        server.Talk("list", "Lists a tenant's access keys.", [_tenant], async (context, token) =>
            Print(context, await context.Server.GetAsync<TenantInfo>(ManagementRoutes.Tenant(context.Get(_tenant)), token))),
        server.Talk("revoke", "Revokes an access key: its connections end within 5 s.", [_tenant, _key, ServerCommand.ExpectVersion], async (context, token) =>
            Print(context, await context.Server.SendAsync<TenantInfo>(
                HttpMethod.Delete, ManagementRoutes.AccessKey(context.Get(_tenant), context.Get(_key)), null, token))),
    };

    internal static void Table(CommandContext context, TenantInfo tenant) => context.Screen.Table(
        ["access key", "name", "repository", "may", "created", "revoked"],
        tenant.AccessKeys.Select(key => new[]
        {
            key.Key,
            key.Name,
            key.Repository,
            key.Level.ToString(),
            Texts.Time(key.Created),
            Texts.YesNo(key.Revoked),
        }),
        "The tenant has no access key yet.");

    private async Task AddAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var level = context.Get(_readOnly) ? AccessLevel.ReadOnly : context.Get(_appendOnly) ? AccessLevel.AppendOnly : AccessLevel.Full;
        var key = await context.Server.SendAsync<AccessKeyAnswer>(
            HttpMethod.Post,
            ManagementRoutes.AccessKeys(context.Get(_tenant)),
            new NewAccessKey(context.Get(_repository), context.Get(_name)!, level),
            cancellationToken);
        if (context.Screen.IsJson)
        {
            context.Screen.Json(key);
            return;
        }

        context.Screen.Line("The client's repository URL; its secret is not shown again:");
        context.Screen.Line(key.Url);
        context.Screen.Line();
        context.Screen.Line("restic -r URL --cacert root.pem init, with the root certificate from:");
        context.Screen.Line($"  headgate-server authority --data {context.Get(ServerCommand.Data)} > root.pem");
    }

    private static void Print(CommandContext context, TenantInfo tenant)
    {
        if (context.Screen.IsJson)
        {
            context.Screen.Json(tenant.AccessKeys);
            return;
        }

        Table(context, tenant);
    }
}
