using System.CommandLine;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Server.Administration;

namespace Headgate.Server.Commands;

/// <summary><c>quota set | list</c>.</summary>
internal sealed class QuotaCommands(ServerCommand server)
{
    private readonly Argument<string> _tenant = new("TENANT") { Description = "The tenant's id." };
    private readonly Argument<string> _repository = new("REPOSITORY") { Description = "The repository's id." };
    private readonly Argument<long> _size = new("SIZE") { Description = "The limit, such as 500GiB.", CustomParser = Values.Size };
    private readonly Argument<string?> _anyTenant = new("TENANT") { Description = "Only this tenant's.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<long?> _expectVersion = new("--expect-version") { Description = "Change only if the quota is still at this version." };

    public Command Create() => new("quota", "Quotas: which repositories a tenant may use, and how much of them.")
    {
        server.Talk("set", "Lets a tenant use a repository up to a size, or changes the size.", [_tenant, _repository, _size, _expectVersion], SetAsync),
        server.Talk("list", "Lists quotas with what is used of them.", [_anyTenant], ListAsync),
    };

    private async Task SetAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var quota = await context.Server.SendAsync<QuotaInfo>(
            HttpMethod.Put,
            ManagementRoutes.Quota(context.Get(_tenant), context.Get(_repository)),
            new QuotaLimit(context.Get(_size), context.Get(_expectVersion)),
            cancellationToken);
        Print(context, [quota], quota);
    }

    private async Task ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var quotas = await Pages.AllAsync<QuotaPage, QuotaInfo>(
            context.Server, ManagementRoutes.Quotas, page => (page.Items, page.Total), cancellationToken, context.Values.GetValue(_anyTenant));
        Print(context, quotas, quotas);
    }

    private static void Print<T>(CommandContext context, IEnumerable<QuotaInfo> quotas, T json)
    {
        if (context.Screen.IsJson)
        {
            context.Screen.Json(json);
            return;
        }

        context.Screen.Table(
            ["tenant", "repository", "limit", "used", "reported", "version"],
            quotas.Select(quota => new[]
            {
                quota.Tenant,
                quota.Repository,
                ByteSize.Format(quota.LimitBytes),
                ByteSize.Format(quota.UsedBytes),
                Texts.Time(quota.Reported),
                Texts.Number(quota.Version),
            }),
            "There is no quota yet.");
    }
}
