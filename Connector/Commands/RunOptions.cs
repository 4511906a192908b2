using System.CommandLine;

namespace Headgate.Connector.Commands;

/// <summary>Options of the commands that open a run: which cloud repository, and where in it.</summary>
internal static class RunOptions
{
    /// <summary><c>--repository</c>, for commands that cannot do without.</summary>
    public static Option<string> RequiredRepository()
    {
        var option = Repository("The cloud repository's name.");
        option.Required = true;
        return option;
    }

    /// <summary><c>--repository</c></summary>
    public static Option<string> Repository(string description) => new Option<string>("--repository")
    {
        Description = description,
        HelpName = "NAME",
    }.MustBeIdentifier();

    /// <summary><c>--path</c></summary>
    public static Option<string?> Path(string description) => new Option<string?>("--path")
    {
        Description = description,
        HelpName = "/NAME/",
    }.MustBePath();

    /// <summary>The path asked for, else this machine's own.</summary>
    public static string PathOf(ParseResult parsed, Option<string?> option, string hostName) =>
        parsed.GetValue(option) is { } given && RepositoryPath.TryParse(given, out var path) ? path : RepositoryPath.OfHost(hostName);
}
