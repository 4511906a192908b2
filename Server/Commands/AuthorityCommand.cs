using System.CommandLine;
using Headgate.Server.Administration;

namespace Headgate.Server.Commands;

/// <summary><c>authority</c>: the root certificate, for stock clients (<c>restic --cacert</c>).</summary>
internal static class AuthorityCommand
{
    public static Command Create(ServerCommand server) => server.Talk(
        "authority",
        "Prints the authority's root certificate as PEM.",
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
}
