using System.CommandLine;

namespace Headgate.Server.Commands;

/// <summary>What a subcommand's action gets: the values on the command line, the server, and where to print.</summary>
internal sealed record CommandContext(ParseResult Values, AdminClient Server, Screen Screen)
{
    public T Get<T>(Argument<T> argument) => Values.GetRequiredValue(argument);

    public T? Get<T>(Option<T> option) => Values.GetValue(option);
}
