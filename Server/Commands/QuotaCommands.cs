using System.CommandLine;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Server.Administration;

namespace Headgate.Server.Commands;

/// <summary><c>quota set | list | show | fence | remove</c>.</summary>
internal sealed class QuotaCommands(ServerCommand server)
{
    private readonly Argument<string> _tenant = new("TENANT") { Description = "The tenant's id." };
    private readonly Argument<string> _repository = new("REPOSITORY") { Description = "The repository's id." };
    private readonly Argument<string> _host = new("HOST") { Description = "The host, as 'quota show' names it." };
    private readonly Argument<long> _size = new("SIZE") { Description = "The limit, such as 500GiB.", CustomParser = Values.Size };
    private readonly Argument<string?> _anyTenant = new("TENANT") { Description = "Only this tenant's.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<long?> _expectVersion = new("--expect-version") { Description = "Change only if the quota is still at this version." };

    private readonly Option<long?> _soft = new("--soft")
    {
        Description = "Warn from this size on, such as 450GiB, and refuse nothing; 0B for none. Left out, it stays as it is.",
        HelpName = "SIZE",
        CustomParser = result => Values.Size(result),
    };

    private readonly Option<bool> _leaveData = new("--leave-data") { Description = "Even if something is stored: it stays on the disks, out of the tenant's reach." };

    /// <summary>Shared with <c>repository fence</c>.</summary>
    public static Option<bool> DataGone { get; } = new("--data-gone") { Description = "Its data are gone for good too: what it stored counts as used no more." };

    public Command Create() => new("quota", "Quotas: which repositories a tenant may use, and how much of them.")
    {
        server.Talk("set", "Lets a tenant use a repository up to a size, or changes the size.", [_tenant, _repository, _size, _soft, _expectVersion], SetAsync),
        server.Talk("list", "Lists quotas with what is used of them.", [_anyTenant], ListAsync),
        server.Talk("show", "Shows a quota and what each host of the repository uses and holds of it.", [_tenant, _repository], async (context, token) =>
            Show(context, await context.Server.GetAsync<QuotaDetails>(ManagementRoutes.Quota(context.Get(_tenant), context.Get(_repository)), token))),
        server.Talk("fence", "Takes back what a host holds unused. Only for a host that is down and stays down.", [_tenant, _repository, _host, DataGone], FenceAsync),
        server.Talk("remove", "Ends a tenant's use of a repository: its quota, access name and access keys there.", [_tenant, _repository, _leaveData], RemoveAsync),
    };

    public static LeaseFence Fence(CommandContext context) => context.Get(DataGone) ? LeaseFence.DataGone : LeaseFence.Stopped;

    private async Task SetAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var quota = await context.Server.SendAsync<QuotaInfo>(
            HttpMethod.Put,
            ManagementRoutes.Quota(context.Get(_tenant), context.Get(_repository)),
            new QuotaLimit(context.Get(_size), context.Get(_expectVersion), context.Get(_soft)),
            cancellationToken);
        Print(context, [quota], quota);
    }

    private async Task FenceAsync(CommandContext context, CancellationToken cancellationToken) => Show(context, await context.Server.SendAsync<QuotaDetails>(
        HttpMethod.Post,
        ManagementRoutes.QuotaFence(context.Get(_tenant), context.Get(_repository)),
        new FenceRequest(context.Get(_host), Fence(context)),
        cancellationToken));

    private async Task RemoveAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var (tenant, repository) = (context.Get(_tenant), context.Get(_repository));
        var removal = context.Get(_leaveData) ? QuotaRemoval.LeaveData : QuotaRemoval.WhenEmpty;
        var info = await context.Server.SendAsync<TenantInfo>(
            HttpMethod.Delete, $"{ManagementRoutes.Quota(tenant, repository)}?removal={removal}", null, cancellationToken);
        if (context.Screen.IsJson)
        {
            context.Screen.Json(info);
            return;
        }

        context.Screen.Line($"Tenant {tenant} may not use repository {repository} any more.");
    }

    private async Task ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var quotas = await Pages.AllAsync<QuotaPage, QuotaInfo>(
            context.Server, ManagementRoutes.Quotas, page => (page.Items, page.Total), cancellationToken, context.Values.GetValue(_anyTenant));
        Print(context, quotas, quotas);
    }

    private static void Show(CommandContext context, QuotaDetails details)
    {
        if (context.Screen.IsJson)
        {
            context.Screen.Json(details);
            return;
        }

        Print(context, [details.Quota], details);
        context.Screen.Line();
        context.Screen.Line($"Maintenance may take {ByteSize.Format(details.AllowanceBytes)} above the limit.");
        context.Screen.Table(
            ["host", "used", "ceiling", "maintenance", "heard", "state"],
            details.Leases.Select(lease => new[]
            {
                lease.Host,
                ByteSize.Format(lease.UsedBytes),
                ByteSize.Format(lease.CeilingBytes),
                ByteSize.Format(lease.MaintenanceBytes),
                Texts.Time(lease.Heard),
                lease.IsAwaited ? "awaited: others get no more until it speaks or is fenced" : lease.Fenced is { } fenced ? "fenced " + Texts.Time(fenced) : "-",
            }),
            "No host of the repository has spoken of it yet.");
    }

    private static void Print<T>(CommandContext context, IEnumerable<QuotaInfo> quotas, T json)
    {
        if (context.Screen.IsJson)
        {
            context.Screen.Json(json);
            return;
        }

        context.Screen.Table(
            ["tenant", "repository", "limit", "used", "held", "soft limit", "reported", "version"],
            quotas.Select(quota => new[]
            {
                quota.Tenant,
                quota.Repository,
                ByteSize.Format(quota.LimitBytes),
                ByteSize.Format(quota.UsedBytes),
                ByteSize.Format(quota.ReservedBytes),
                quota.SoftLimitBytes is { } soft ? ByteSize.Format(soft) + (quota.IsOverSoftLimit ? " (passed)" : "") : "-",
                Texts.Time(quota.Reported),
                Texts.Number(quota.Version),
            }),
            "There is no quota yet.");
    }
}
