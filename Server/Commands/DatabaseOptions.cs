using System.CommandLine;
using Headgate.Server.Databases;

namespace Headgate.Server.Commands;

/// <summary>The options of every subcommand that opens the database itself.</summary>
internal sealed class DatabaseOptions
{
    /// <summary><c>--database</c>.</summary>
    public Option<string?> Database { get; } = new("--database")
    {
        Description = "Where the tables are: sqlite (a file in the data directory), postgresql://USER@HOST:PORT/NAME, or a connection string; never with a password. "
            + "Default: what this data directory was last used with, else sqlite.",
        HelpName = "DATABASE",
    };

    /// <summary><c>--database-password-file</c>.</summary>
    public Option<string?> PasswordFile { get; } = new("--database-password-file")
    {
        Description = $"File whose first line is the database user's password. Default: the environment variable {DatabaseChoice.PasswordVariable}.",
        HelpName = "FILE",
    };

    /// <summary>Adds both to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(Database);
        command.Options.Add(PasswordFile);
    }

    /// <summary>What was given, or what the data directory remembers.</summary>
    public DatabaseChoice Choose(ParseResult values) =>
        DatabaseChoice.Of(values.GetValue(Database), values.GetValue(PasswordFile), values.GetRequiredValue(ServerCommand.Data));
}
