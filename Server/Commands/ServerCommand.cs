using System.CommandLine;
using System.CommandLine.Invocation;
using Headgate.Protocol.Problems;
using Headgate.Server.Backup;
using Headgate.Server.Hosting;
using Headgate.Silo.Storage.Copying;

namespace Headgate.Server.Commands;

/// <summary><c>headgate-server</c>: <c>run</c>, and subcommands that talk to a running one. Exit codes: <see cref="ExitCodes"/>.</summary>
internal sealed class ServerCommand
{
    private readonly TextWriter _output;
    private readonly TextWriter _error;

    private ServerCommand(TextWriter output, TextWriter error) => (_output, _error) = (output, error);

    public static Option<string> Data { get; } = new("--data")
    {
        Description = "The server's data directory: database, keys, management socket.",
        Required = true,
        Recursive = true,
        HelpName = "DIR",
    };

    public static Option<bool> Json { get; } = new("--json") { Description = "Print JSON.", Recursive = true };

    /// <summary>For subcommands whose request has no version in its body.</summary>
    public static Option<long?> ExpectVersion { get; } = new("--expect-version")
    {
        Description = "Do it only if it (for a connector or an access key: its tenant) is still at this version, as lists and --json say it.",
        HelpName = "VERSION",
    };

    /// <summary>Parses and runs; answers the exit code.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error)
    {
        var command = new ServerCommand(output, error);
        var parsed = command.Root().Parse(arguments);

        // Signals are the host's: it stops gracefully.
        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
        };
        if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction)
        {
            await parsed.InvokeAsync(configuration);
            return ExitCodes.Usage;
        }

        return await command.GuardAsync(() => parsed.InvokeAsync(configuration));
    }

    /// <summary>A subcommand that talks to the running server.</summary>
    public Command Talk(string name, string description, Symbol[] symbols, Func<CommandContext, CancellationToken, Task> action)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument)
            {
                command.Arguments.Add(argument);
            }
            else
            {
                command.Options.Add((Option)symbol);
            }
        }

        command.SetAction(async (values, token) =>
        {
            using var client = new AdminClient(values.GetRequiredValue(Data)) { ExpectVersion = symbols.Contains(ExpectVersion) ? values.GetValue(ExpectVersion) : null };
            await action(new CommandContext(values, client, new Screen(_output, values.GetValue(Json))), token);
            return ExitCodes.Done;
        });
        return command;
    }

    private RootCommand Root()
    {
        var root = Bare();
        foreach (var command in new BackupCommands(_output, TimeProvider.System).Create())
        {
            root.Subcommands.Add(command);
        }

        root.Subcommands.Add(new DatabaseCommands(_output).Create());
        root.Subcommands.Add(DoctorCommand.Create(_output, _error, TimeProvider.System));

        return root;
    }

    private RootCommand Bare() => new("Headgate server: the provider's silo. Exit codes: 0 done, 1 refused or failed, 2 usage, 3 no server runs on --data.")
    {
        Data,
        Json,
        RunCommand.Create(_output),
        new TenantCommands(this).Create(),
        new QuotaCommands(this).Create(),
        new CodeCommands(this).Create(),
        new GatewayCommands(this).Create(),
        new FleetCommands(this).Create(),
        new RepositoryCommands(this).Create(),
        new ConnectorCommands(this).Create(),
        new AccessKeyCommands(this).Create(),
        new JobCommands(this).Create(),
        new DrillCommands(this).Create(),
        new AccountCommands(this).Create(),
        AuthorityCommand.Create(this),
    };

    private async Task<int> GuardAsync(Func<Task<int>> action)
    {
        try
        {
            return await action();
        }
        catch (NoServerException exception)
        {
            await _error.WriteLineAsync(exception.Message);
            return ExitCodes.NoServer;
        }
        catch (Exception exception) when (exception is ProblemException or StartupException or BackupException or DatabaseCopyException or HttpRequestException)
        {
            await _error.WriteLineAsync(exception.Message);
            return ExitCodes.Failed;
        }
        catch (TaskCanceledException)
        {
            await _error.WriteLineAsync("The server did not answer in time.");
            return ExitCodes.Failed;
        }
    }
}
