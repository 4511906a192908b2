using System.CommandLine;
using Headgate.Grains;
using Headgate.Server.Administration;

namespace Headgate.Server.Commands;

/// <summary><c>code connector | gateway | repository</c>: one-time enrolment codes, printed once.</summary>
internal sealed class CodeCommands(ServerCommand server)
{
    private readonly Argument<string> _tenant = new("TENANT") { Description = "The tenant's id." };
    private readonly Argument<string> _gateway = new("GATEWAY") { Description = "The gateway's id." };
    private readonly Argument<string> _repository = new("REPOSITORY") { Description = "The repository's id." };
    private readonly Option<bool> _appendOnly = new("--append-only") { Description = "The connector's runs may read and add, and delete nothing." };
    private readonly Option<bool> _readOnly = new("--read-only") { Description = "The connector's runs may only read." };
    private readonly Option<TimeSpan> _lifetime = new("--lifetime")
    {
        Description = "How long the code is good for, such as 30m, 24h or 7d.",
        DefaultValueFactory = _ => CodeLifetime.Default,
        CustomParser = Values.Duration,
    };

    public static Option<bool> CodeOnly { get; } = new("--code-only") { Description = "Print the code and nothing else." };

    public Command Create() => new("code", "Enrolment codes. A code is good for one machine and is shown once.")
    {
        server.Talk("connector", "A code for a tenant's machine.", [_tenant, _appendOnly, _readOnly, _lifetime, CodeOnly], (context, token) => PrintAsync(
            context,
            ManagementRoutes.ConnectorCodes(context.Get(_tenant)),
            new NewConnectorCode(Level(context), (long)context.Get(_lifetime).TotalSeconds),
            token)),
        server.Talk("gateway", "A code for a gateway.", [_gateway, _lifetime, CodeOnly], (context, token) => PrintAsync(
            context, ManagementRoutes.GatewayCodes(context.Get(_gateway)), new NewCode((long)context.Get(_lifetime).TotalSeconds), token)),
        server.Talk("repository", "A code for a repository.", [_repository, _lifetime, CodeOnly], (context, token) => PrintAsync(
            context, ManagementRoutes.RepositoryCodes(context.Get(_repository)), new NewCode((long)context.Get(_lifetime).TotalSeconds), token)),
    };

    /// <summary>Prints a code that was just made, in the form that was asked for: JSON shows the whole answer it came with.</summary>
    public static void Print<T>(CommandContext context, T answer, string code, DateTimeOffset expires)
    {
        if (context.Screen.IsJson)
        {
            context.Screen.Json(answer);
            return;
        }

        if (context.Get(CodeOnly))
        {
            context.Screen.Line(code);
            return;
        }

        context.Screen.Line($"Enrolment code, good for one machine until {Texts.Time(expires)}; it is not shown again:");
        context.Screen.Line(code);
    }

    private AccessLevel Level(CommandContext context) =>
        context.Get(_readOnly) ? AccessLevel.ReadOnly : context.Get(_appendOnly) ? AccessLevel.AppendOnly : AccessLevel.Full;

    private static async Task PrintAsync(CommandContext context, string path, object request, CancellationToken cancellationToken)
    {
        var code = await context.Server.SendAsync<CodeAnswer>(HttpMethod.Post, path, request, cancellationToken);
        Print(context, code, code.Code, code.Expires);
    }
}
