using System.CommandLine;
using Headgate.Grains;
using Headgate.Server.Administration;

namespace Headgate.Server.Commands;

/// <summary><c>fleet add | list | revoke</c>: reusable codes with an end, with which many gateways enrol by themselves.</summary>
internal sealed class FleetCommands(ServerCommand server)
{
    private const int OrdinaryWeight = 100;
    private const int OrdinaryGateways = 10;
    private static readonly TimeSpan s_ordinaryLifetime = TimeSpan.FromDays(30);

    private readonly Argument<string> _token = new("TOKEN") { Description = "The token's id." };
    private readonly Option<string?> _name = new("--name") { Description = "What it is for, at most 100 characters. Default: its id." };
    private readonly Option<string[]> _pools = new("--pool") { Description = "A pool that its gateways join; may be given several times. Default: the default pool." };
    private readonly Option<int> _weight = new("--weight") { Description = "Their weight, 1 to 1000.", DefaultValueFactory = _ => OrdinaryWeight };
    private readonly Option<int> _max = new("--max") { Description = "How many gateways it may enrol, 1 to 1000.", DefaultValueFactory = _ => OrdinaryGateways };
    private readonly Option<TimeSpan> _lifetime = new("--lifetime")
    {
        Description = "How long it is good for, such as 24h or 30d; at most 366d.",
        DefaultValueFactory = _ => s_ordinaryLifetime,
        CustomParser = Values.Duration,
    };

    public Command Create() => new("fleet", "Fleet tokens: reusable codes with which many gateways enrol by themselves.")
    {
        server.Talk("add", "Makes a fleet token and prints its code, once.", [_token, _name, _pools, _weight, _max, _lifetime, CodeCommands.CodeOnly], AddAsync),
        server.Talk("list", "Lists fleet tokens, newest first.", [], ListAsync),
        server.Talk("revoke", "Ends a fleet token; the gateways it enrolled stay.", [_token, ServerCommand.ExpectVersion], async (context, token) =>
            Print(context, [await context.Server.SendAsync<FleetTokenInfo>(
                HttpMethod.Delete, ManagementRoutes.FleetToken(context.Get(_token)), null, token)])),
    };

    private static string State(FleetTokenInfo token) =>
        token.Revoked ? "revoked"
        : token.Expires <= TimeProvider.System.GetUtcNow() ? "ended"
        : token.Gateways.Length >= token.MaxGateways ? "used up"
        : "open";

    private static async Task ListAsync(CommandContext context, CancellationToken cancellationToken) => Print(
        context,
        await Pages.AllAsync<FleetTokenPage, FleetTokenInfo>(
            context.Server, ManagementRoutes.FleetTokens, page => (page.Items, page.Total), cancellationToken));

    private static void Print(CommandContext context, List<FleetTokenInfo> tokens) => context.Screen.Records(
        tokens,
        ["token", "name", "state", "enrolled", "gateways", "pools", "weight", "ends"],
        token =>
        [
            token.Token,
            token.Name,
            State(token),
            $"{token.Gateways.Length} of {token.MaxGateways}",
            Texts.List(token.Gateways),
            Texts.List(token.Pools),
            Texts.Number(token.Weight),
            Texts.Time(token.Expires),
        ],
        "There is no fleet token yet.");

    private async Task AddAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var id = context.Get(_token);
        var created = await context.Server.SendAsync<CreatedFleetToken>(
            HttpMethod.Post,
            ManagementRoutes.FleetTokens,
            new NewFleetToken(
                id, context.Get(_name) ?? id, context.Get(_pools), context.Get(_weight), context.Get(_max), (long)context.Get(_lifetime).TotalSeconds),
            cancellationToken);
        if (context.Screen.IsJson)
        {
            context.Screen.Json(created);
            return;
        }

        if (!context.Get(CodeCommands.CodeOnly))
        {
            context.Screen.Line(
                $"Enrolment code, good for {created.Token.MaxGateways} gateways until {Texts.Time(created.Token.Expires)}; it is not shown again. "
                + "On each: headgate-gateway enroll CODE --address HOST:PORT");
        }

        context.Screen.Line(created.Code);
    }
}
