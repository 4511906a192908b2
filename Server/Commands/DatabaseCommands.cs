using System.CommandLine;
using System.Globalization;
using Headgate.Server.Databases;
using Headgate.Server.Hosting;
using Headgate.Silo.Storage.Copying;

namespace Headgate.Server.Commands;

/// <summary><c>db</c>: moves a server's tables to another database.</summary>
internal sealed class DatabaseCommands(TextWriter output)
{
    private readonly Option<string?> _from = new("--from") { Description = "Where the tables are. Default: what this data directory was last used with.", HelpName = "DATABASE" };

    private readonly Option<string> _to = new("--to")
    {
        Description = "Where they are to be: postgresql://USER@HOST:PORT/NAME, or sqlite for the file in the data directory. It must hold no rows.",
        Required = true,
        HelpName = "DATABASE",
    };

    private readonly DatabaseOptions _options = new();

    /// <summary>Makes it.</summary>
    public Command Create()
    {
        var copy = new Command(
            "copy",
            "Copies everything to an empty database, of the same kind or another, while no server runs on --data: in one transaction, each table read back and compared. "
            + "From then on the data directory's server uses the copy. What was copied stays where it was.")
        {
            _from, _to, _options.PasswordFile,
        };
        copy.SetAction(CopyAsync);
        return new Command("db", "Moves the tables to another database.") { copy };
    }

    private async Task<int> CopyAsync(ParseResult values, CancellationToken cancellationToken)
    {
        var data = values.GetRequiredValue(ServerCommand.Data);
        if (!Directory.Exists(data))
        {
            throw new StartupException($"There is no data directory {data}. Name the server's with --data.");
        }

        // A server that runs would go on writing to what was copied.
        using var held = DataLock.Take(data);
        var passwordFile = values.GetValue(_options.PasswordFile);
        var (from, to) = (DatabaseChoice.Of(values.GetValue(_from), passwordFile, data), DatabaseChoice.Of(values.GetValue(_to), passwordFile, data));
        var (source, target) = (from.Locate(data), to.Locate(data));
        var tables = await DatabaseCopier.CopyAsync(source, target, cancellationToken);
        to.Remember(data);
        var screen = new Screen(output, values.GetValue(ServerCommand.Json));
        if (screen.IsJson)
        {
            screen.Json(new { From = source.ToString(), To = target.ToString(), Tables = tables });
            return ExitCodes.Done;
        }

        screen.Fields(
            ("copied", source.ToString()),
            ("to", target.ToString()),
            ("tables", tables.Count.ToString(CultureInfo.InvariantCulture)),
            ("rows", tables.Sum(table => table.Rows).ToString(CultureInfo.InvariantCulture)),
            ("compared", "each table's rows, by count and SHA-256"));
        screen.Line();
        screen.Line($"{Path.Combine(data, DatabaseChoice.FileName)} names the copy now: start the server as before, without --database, and it uses it.");
        screen.Line($"Then make a backup. Keep {source} until you have one; nobody writes to it any more.");
        return ExitCodes.Done;
    }
}
