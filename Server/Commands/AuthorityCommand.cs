using System.CommandLine;
using System.Globalization;
using Headgate.Server.Administration;

namespace Headgate.Server.Commands;

/// <summary>
/// <c>authority</c>: the trusted roots, for stock clients (<c>restic --cacert</c>); <c>show</c>, and the steps of a roll-over: <c>next</c>, <c>switch</c>, <c>retire</c>.
/// </summary>
internal static class AuthorityCommand
{
    private static readonly Option<bool> s_force = new("--force") { Description = "Also where programs are locked out by it: they have to enrol again." };

    public static Command Create(ServerCommand server)
    {
        var command = server.Talk(
            "authority",
            "Prints the authority's root certificates as PEM: more than one while it is rolled over.",
            [],
            async (context, token) =>
            {
                var answer = await context.Server.GetAsync<AuthorityAnswer>(ManagementRoutes.Authority, token);
                if (context.Screen.IsJson)
                {
                    context.Screen.Json(answer);
                    return;
                }

                context.Screen.Line(answer.Pem);
            });
        command.Add(server.Talk("show", "Shows the roots, how far a roll-over is, and which programs are behind.", [], async (context, token) =>
            Print(context, await context.Server.GetAsync<AuthorityAnswer>(ManagementRoutes.Authority, token))));
        command.Add(server.Talk("next", "Makes the next root and announces it to every program. First step of a roll-over.", [], async (context, token) =>
            Print(context, await context.Server.SendAsync<AuthorityAnswer>(HttpMethod.Post, ManagementRoutes.AuthorityNext, null, token))));
        command.Add(server.Talk("switch", "Issues certificates under the next root; programs renew theirs at once. Second step.", [s_force], async (context, token) =>
            Print(context, await context.Server.SendAsync<AuthorityAnswer>(
                HttpMethod.Post, ManagementRoutes.AuthoritySwitch, new AuthorityStep(context.Get(s_force)), token))));
        command.Add(server.Talk("retire", "Ceases to trust the former root. Last step.", [s_force], async (context, token) =>
            Print(context, await context.Server.SendAsync<AuthorityAnswer>(
                HttpMethod.Post, ManagementRoutes.AuthorityRetire, new AuthorityStep(context.Get(s_force)), token))));
        return command;
    }

    private static void Print(CommandContext context, AuthorityAnswer answer)
    {
        if (context.Screen.IsJson)
        {
            context.Screen.Json(answer);
            return;
        }

        context.Screen.Table(
            ["root", "state", "ends"], answer.Roots.Select(root => new[] { root.Fingerprint, root.State, Texts.Time(root.Ends) }), "There is none.");
        context.Screen.Line($"The issuing certificate ends at {Texts.Time(answer.IssuingEnds)}.");
        foreach (var line in Advice(answer))
        {
            context.Screen.Line(line);
        }

        if (answer.Behind.Count > 0)
        {
            context.Screen.Table(
                ["program", "certificate until", "last said what it trusts"],
                answer.Behind.Select(program => new[] { program.Identity, Texts.Time(program.Ends), Texts.Time(program.Confirmed) }),
                "");
        }
    }

    private static IEnumerable<string> Advice(AuthorityAnswer answer)
    {
        var isNext = answer.Roots.Any(root => root.State == "next");
        if (!isNext && answer.Roots.Count == 1)
        {
            yield break;
        }

        yield return isNext
            ? "A next root is announced. authority/root-next.pem holds its key: copy it to a safe place; 'switch' needs it in the data directory."
            : "Certificates are issued under the present root. The former is still trusted: end the roll-over with 'retire'. Its key is in authority/root-former-*.pem, if it was on this machine; delete that afterwards.";
        yield return answer.Behind.Count == 0
            ? "Every program has followed."
            : string.Create(CultureInfo.InvariantCulture, $"{answer.Behind.Count} programs have not followed yet; each does when it is next in touch:");
        if (answer.AgentlessTenants.Count > 0)
        {
            yield return $"Stock clients trust a file of their own. Before '{(isNext ? "switch" : "retire")}' give the output of 'headgate-server authority' to those of: {string.Join(", ", answer.AgentlessTenants)}.";
        }

        if (answer.OpenCodes > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{answer.OpenCodes} enrolment codes and fleet tokens are open; those made before 'switch' are of no use after it. Make new ones then.");
        }
    }
}
