using System.CommandLine;
using Headgate.Connector.Failover;

namespace Headgate.Connector.Commands;

/// <summary><c>headgate jobs</c>: this machine's kept jobs.</summary>
internal sealed class JobsCommand(CommonOptions common, ConnectorConsole console, UserStop stopping, TimeProvider time)
{
    /// <summary>The command.</summary>
    public Command Build()
    {
        var command = new Command("jobs", "Keep jobs on this machine and run them; headgate service runs them by their schedules.");
        command.Subcommands.Add(new JobsAddCommand(common, console, time).Build());
        command.Subcommands.Add(new JobsListCommand(common, console).Build());
        command.Subcommands.Add(new JobsShowCommand(common, console, time).Build());
        command.Subcommands.Add(new JobsRunCommand(common, console, stopping, time).Build());
        command.Subcommands.Add(new JobsLogCommand(common, console).Build());
        command.Subcommands.Add(new JobsRemoveCommand(common, console).Build());
        return command;
    }

    /// <summary>The name of a job of this machine, first among a command's arguments.</summary>
    public static Argument<string> NameArgument(string description)
    {
        var argument = new Argument<string>("name") { Description = description };
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !Protocol.Naming.Identifier.IsValid(token.Value))
            {
                result.AddError($"The job's name '{token.Value}' cannot be: {Protocol.Naming.Identifier.Allowed}.");
            }
        });
        return argument;
    }
}
