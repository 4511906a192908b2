using System.CommandLine;
using Headgate.Connector.Jobs;

namespace Headgate.Connector.Commands;

/// <summary><c>headgate jobs remove NAME</c>: forgets a job and its logs; what it backed up stays.</summary>
internal sealed class JobsRemoveCommand(CommonOptions common, ConnectorConsole console)
{
    private readonly Argument<string> _name = JobsCommand.NameArgument("The job's name.");

    /// <summary>The command.</summary>
    public Command Build()
    {
        var command = new Command("remove", "Forget a job of this machine and its logs. What it backed up stays, and so does its history at the provider.");
        command.Arguments.Add(_name);
        command.SetAction(Remove);
        return command;
    }

    private int Remove(ParseResult parsed)
    {
        var store = new JobStore(common.FolderOf(parsed));
        var name = parsed.GetRequiredValue(_name);
        store.Get(name);
        using (store.TryLock(name) ?? throw new ConnectorFailureException(ExitCodes.RefusedForNow, $"Job '{name}' is running on this machine. Stop it first: headgate cancel {name}"))
        {
            store.Remove(name);
        }

        console.Output.WriteLine($"Job {name} is forgotten.");
        return ExitCodes.Ok;
    }
}
