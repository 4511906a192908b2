using System.CommandLine;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Server.Administration;
using Headgate.Silo.Listening;

namespace Headgate.Server.Commands;

/// <summary><c>gateway add | list | show | set | drain | undrain | activate | disable | revoke</c>.</summary>
internal sealed class GatewayCommands(ServerCommand server)
{
    private const int OrdinaryWeight = 100;

    private readonly Argument<string> _gateway = new("GATEWAY") { Description = "The gateway's id." };
    private readonly Option<(string Host, int Port)> _address = Values.AddressOption("Where tenants reach it: host:port.");

    private readonly Option<(string Host, int Port)?> _newAddress = new("--address")
    {
        Description = "Where tenants reach it: host:port.",
        CustomParser = result => Values.Address(result),
        HelpName = "HOST:PORT",
    };

    private readonly Option<bool> _nat = new("--nat") { Description = "The address is on a firewall that forwards to the gateway." };
    private readonly Option<string[]> _pools = new("--pool") { Description = "A pool it is in; may be given several times. Default: the default pool." };
    private readonly Option<int?> _weight = new("--weight") { Description = "1 to 1000; 100 is ordinary." };
    private readonly Option<string?> _name = new("--name") { Description = "What people call it, at most 100 characters; '' for nothing but its id." };
    private readonly Option<long?> _expectVersion = new("--expect-version") { Description = "Change only if the gateway is still at this version." };

    private readonly Option<TimeSpan?> _within = new("--within")
    {
        Description = "What is left after this, such as 5m or 1h, is closed; runs go on over other gateways. Left out, streams have their own time.",
        HelpName = "DURATION",
        CustomParser = result => Values.Duration(result),
    };

    public Command Create() => new("gateway", "Cloud gateways.")
    {
        server.Talk("add", "Makes a gateway and prints its enrolment code.", [_gateway, _address, _nat, _pools, _weight, _name, CodeCommands.CodeOnly], AddAsync),
        server.Talk("list", "Lists gateways with their load.", [], ListAsync),
        server.Talk("show", "Shows a gateway.", [_gateway], async (context, token) =>
            Show(context, await context.Server.GetAsync<GatewayInfo>(ManagementRoutes.Gateway(context.Get(_gateway)), token))),
        server.Talk("set", "Changes a gateway's name, address, pools or weight.", [_gateway, _newAddress, _pools, _weight, _name, _expectVersion], SetAsync),
        server.Talk("drain", "Takes it out of the lists; what runs over it goes on, for as long as it takes or as --within says.", [_gateway, _within, _expectVersion], (context, token) =>
            ChangeAsync(context, WantedState.Draining, token)),
        server.Talk("undrain", "Puts one that drains back to work.", [_gateway, _expectVersion], (context, token) => ChangeAsync(context, WantedState.Active, token)),
        server.Talk("activate", "Puts it back to work.", [_gateway, _expectVersion], (context, token) => ChangeAsync(context, WantedState.Active, token)),
        server.Talk("disable", "Closes it: no listening, no streams.", [_gateway, _expectVersion], (context, token) =>
            ChangeAsync(context, WantedState.Disabled, token)),
        server.Talk("revoke", "Revokes its certificate: nobody believes it any more.", [_gateway, ServerCommand.ExpectVersion], async (context, token) =>
            Show(context, await context.Server.SendAsync<GatewayInfo>(
                HttpMethod.Delete, ManagementRoutes.GatewayCertificate(context.Get(_gateway)), null, token))),
    };

    private async Task AddAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var (host, port) = context.Get(_address);
        var added = await context.Server.SendAsync<GatewayWithCode>(
            HttpMethod.Post,
            ManagementRoutes.Gateways,
            new NewGateway(
                context.Get(_gateway),
                context.Get(_nat) ? GatewayMode.Nat : GatewayMode.Direct,
                host,
                port,
                context.Get(_weight) ?? OrdinaryWeight,
                context.Get(_pools),
                context.Get(_name)),
            cancellationToken);
        CodeCommands.Print(context, added, added.Code, added.Expires);
    }

    private async Task SetAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var address = context.Get(_newAddress);
        var pools = context.Get(_pools);
        Show(context, await context.Server.SendAsync<GatewayInfo>(
            HttpMethod.Patch,
            ManagementRoutes.Gateway(context.Get(_gateway)),
            new GatewayChange(
                null, null, address?.Host, address?.Port, context.Get(_weight), pools is [] ? null : pools, context.Get(_expectVersion), context.Get(_name)),
            cancellationToken));
    }

    private async Task ChangeAsync(CommandContext context, WantedState state, CancellationToken cancellationToken) =>
        Show(context, await context.Server.SendAsync<GatewayInfo>(
            HttpMethod.Patch,
            ManagementRoutes.Gateway(context.Get(_gateway)),
            new GatewayChange(
                state, null, null, null, null, null, context.Get(_expectVersion),
                DrainSeconds: state == WantedState.Draining && context.Get(_within) is { } within ? (long)within.TotalSeconds : null),
            cancellationToken));

    private static async Task ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var gateways = await Pages.AllAsync<GatewayPage, GatewayInfo>(
            context.Server, ManagementRoutes.Gateways, page => (page.Items, page.Total), cancellationToken);
        context.Screen.Records(
            gateways,
            ["gateway", "name", "address", "mode", "state", "heard", "active", "up", "down", "weight", "pools"],
            gateway =>
            [
                gateway.Gateway,
                gateway.DisplayName,
                EndPointText.Format(gateway.Host, gateway.Port),
                gateway.Mode.ToString().ToLowerInvariant(),
                States.Of(gateway, TimeProvider.System.GetUtcNow()),
                Texts.Time(gateway.LastHeard),
                Texts.Number(gateway.Load?.Active ?? 0),
                ByteSize.Format(gateway.Load?.BytesUp ?? 0),
                ByteSize.Format(gateway.Load?.BytesDown ?? 0),
                Texts.Number(gateway.Weight),
                Texts.List(gateway.Pools),
            ],
            "There is no gateway yet.");
    }

    private static void Show(CommandContext context, GatewayInfo gateway) => context.Screen.Record(
        gateway,
        ("gateway", gateway.Gateway),
        ("name", gateway.DisplayName.Length == 0 ? null : gateway.DisplayName),
        ("address", EndPointText.Format(gateway.Host, gateway.Port)),
        ("mode", gateway.Mode.ToString().ToLowerInvariant()),
        ("state", States.Of(gateway, TimeProvider.System.GetUtcNow())),
        ("wanted state", gateway.WantedState.ToString().ToLowerInvariant()),
        ("drains", gateway.Drain is { } drain ? Drains(gateway, drain) : null),
        ("enrolled", gateway.Revoked ? "revoked" : Texts.YesNo(gateway.Enrolled)),
        ("pools", Texts.List(gateway.Pools)),
        ("weight", Texts.Number(gateway.Weight)),
        ("last heard", Texts.Time(gateway.LastHeard)),
        ("program", gateway.Load?.Version),
        ("connections", gateway.Load is { } load ? $"{load.Active} active, {load.Accepted} accepted, {load.Refused} refused" : null),
        ("bytes", gateway.Load is { } moved ? $"{ByteSize.Format(moved.BytesUp)} up, {ByteSize.Format(moved.BytesDown)} down" : null),
        ("version", Texts.Number(gateway.Version)));

    private static string Drains(GatewayInfo gateway, GatewayDrain drain) =>
        $"since {Texts.Time(drain.Began)}, {gateway.Load?.Active ?? 0} of {drain.Connections} connections left, "
        + (drain.Ends is { } ends ? "the rest is closed at " + Texts.Time(ends) : "in their own time");
}
