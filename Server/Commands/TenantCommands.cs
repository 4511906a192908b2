using System.CommandLine;
using Headgate.Grains;
using Headgate.Server.Administration;

namespace Headgate.Server.Commands;

/// <summary><c>tenant add | list | show | set | disable | enable</c>.</summary>
internal sealed class TenantCommands(ServerCommand server)
{
    private readonly Argument<string> _tenant = new("TENANT") { Description = "The tenant's id." };
    private readonly Option<string?> _name = new("--name") { Description = "Its display name. Default when added: the id." };
    private readonly Option<string[]> _pools = new("--pool") { Description = "A gateway pool it is bound to; may be given several times. Default: the default pool." };
    private readonly Option<int?> _runLimit = new("--run-limit") { Description = "Jobs at once; 0: no limit." };
    private readonly Option<long?> _bandwidth = new("--bandwidth")
    {
        Description = "Most that may move each way, over all gateways together, such as '100 MB/s' or '1 Gbit/s'; 'none': no limit.",
        HelpName = "RATE",
        CustomParser = Values.Bandwidth,
    };

    private readonly Option<DateTimeOffset?> _leaseEnds = new("--lease-ends") { Description = "End of service: 2027-01-31 or 2027-01-31T12:00:00Z.", CustomParser = Values.Date };
    private readonly Option<bool> _noLeaseEnd = new("--no-lease-end") { Description = "Service has no end." };
    private readonly Option<long?> _expectVersion = new("--expect-version") { Description = "Change only if the tenant is still at this version." };

    public Command Create() => new("tenant", "Tenants.")
    {
        server.Talk("add", "Makes a tenant.", [_tenant, _name, _pools, _runLimit, _bandwidth, _leaseEnds], AddAsync),
        server.Talk("list", "Lists tenants.", [], ListAsync),
        server.Talk("show", "Shows a tenant with its connectors and access keys.", [_tenant], async (context, token) =>
            Show(context, await context.Server.GetAsync<TenantInfo>(ManagementRoutes.Tenant(context.Get(_tenant)), token))),
        server.Talk("set", "Changes a tenant.", [_tenant, _name, _pools, _runLimit, _bandwidth, _leaseEnds, _noLeaseEnd, _expectVersion], (context, token) =>
            ChangeAsync(context, null, token)),
        server.Talk("disable", "Ends a tenant's service: its routes close, its access keys open nothing.", [_tenant, _expectVersion], (context, token) =>
            ChangeAsync(context, TenantStatus.Disabled, token)),
        server.Talk("enable", "Takes a tenant's service up again.", [_tenant, _expectVersion], (context, token) =>
            ChangeAsync(context, TenantStatus.Active, token)),
    };

    private async Task AddAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var tenant = context.Get(_tenant);
        var bandwidth = context.Get(_bandwidth);
        var request = new NewTenant(
            tenant, context.Get(_name) ?? tenant, context.Get(_pools), context.Get(_leaseEnds), context.Get(_runLimit) ?? 0, bandwidth is 0 ? null : bandwidth);
        Show(context, await context.Server.SendAsync<TenantInfo>(HttpMethod.Post, ManagementRoutes.Tenants, request, cancellationToken));
    }

    private async Task ChangeAsync(CommandContext context, TenantStatus? status, CancellationToken cancellationToken)
    {
        var isSet = status is null;
        var pools = isSet ? context.Get(_pools) : null;
        var request = new TenantChange(
            isSet ? context.Get(_name) : null,
            status,
            pools is [] ? null : pools,
            isSet ? context.Get(_leaseEnds) : null,
            isSet && context.Get(_noLeaseEnd),
            isSet ? context.Get(_runLimit) : null,
            context.Get(_expectVersion),
            isSet ? context.Get(_bandwidth) : null);
        Show(context, await context.Server.SendAsync<TenantInfo>(
            HttpMethod.Patch, ManagementRoutes.Tenant(context.Get(_tenant)), request, cancellationToken));
    }

    private static async Task ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var tenants = await Pages.AllAsync<TenantPage, TenantInfo>(
            context.Server, ManagementRoutes.Tenants, page => (page.Items, page.Total), cancellationToken);
        context.Screen.Records(
            tenants,
            ["tenant", "name", "status", "lease ends", "run limit", "bandwidth", "pools", "repositories", "connectors"],
            tenant =>
            [
                tenant.Tenant,
                tenant.DisplayName,
                tenant.Status.ToString().ToLowerInvariant(),
                Texts.Time(tenant.LeaseEnds),
                tenant.RunLimit == 0 ? "none" : Texts.Number(tenant.RunLimit),
                TenantBandwidth.Format(tenant.BytesPerSecond),
                Texts.List(tenant.Pools),
                Texts.List(tenant.Entitlements.Select(entitlement => entitlement.Repository)),
                Texts.Number(tenant.Connectors.Count(connector => !connector.Revoked)),
            ],
            "There is no tenant yet.");
    }

    private static void Show(CommandContext context, TenantInfo tenant)
    {
        if (context.Screen.IsJson)
        {
            context.Screen.Json(tenant);
            return;
        }

        context.Screen.Fields(
            ("tenant", tenant.Tenant),
            ("name", tenant.DisplayName),
            ("status", tenant.Status.ToString().ToLowerInvariant()),
            ("lease ends", Texts.Time(tenant.LeaseEnds)),
            ("run limit", tenant.RunLimit == 0 ? "none" : Texts.Number(tenant.RunLimit)),
            ("bandwidth", TenantBandwidth.Format(tenant.BytesPerSecond)),
            ("pools", Texts.List(tenant.Pools)),
            ("repositories", Texts.List(tenant.Entitlements.Select(entitlement => $"{entitlement.Repository} ({entitlement.AccessName})"))),
            ("version", Texts.Number(tenant.Version)));
        if (!tenant.Connectors.IsEmpty)
        {
            ConnectorCommands.Table(context, tenant);
        }

        if (!tenant.AccessKeys.IsEmpty)
        {
            AccessKeyCommands.Table(context, tenant);
        }
    }
}
