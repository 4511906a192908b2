using System.CommandLine;
using Headgate.Connector.Failover;
using Headgate.Connector.Jobs;

namespace Headgate.Connector.Commands;

/// <summary><c>headgate jobs run NAME</c>: runs a kept job at once, as the service does at a due time.</summary>
internal sealed class JobsRunCommand(CommonOptions common, ConnectorConsole console, UserStop stopping, TimeProvider time)
{
    /// <summary>How the service starts it: what the tool says goes to the log alone, and the end of input is a wish to stop.</summary>
    public const string ForService = "--for-service";

    private readonly Argument<string> _name = JobsCommand.NameArgument("The job's name.");

    private readonly Option<bool> _forService = new(ForService) { Hidden = true };

    /// <summary>The command.</summary>
    public Command Build()
    {
        var command = new Command("run", "Run a job of this machine at once, with its hooks and a log.");
        command.Arguments.Add(_name);
        command.Options.Add(_forService);
        command.SetAction((parsed, _) => RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var store = new JobStore(common.FolderOf(parsed));
        var job = store.Get(parsed.GetRequiredValue(_name));
        var starter = parsed.GetValue(_forService) ? JobStarter.Service : JobStarter.Person;
        if (starter == JobStarter.Service)
        {
            new Thread(StopAtEndOfInput) { IsBackground = true, Name = "end of input" }.Start();
        }

        return await new JobExecution(
            store, told => Session.OpenForRunAsync(common, parsed, told, time, stopping.Asked), console, stopping, time).RunAsync(job, starter);
    }

    // The service holds the other end; the system closes it when the service is no more, however it ended.
    private void StopAtEndOfInput()
    {
        try
        {
            using var input = Console.OpenStandardInput();
            while (input.ReadByte() >= 0)
            {
                // Nothing is said there.
            }
        }
        catch (IOException)
        {
            // As good as its end.
        }

        if (!stopping.Asked.IsCancellationRequested)
        {
            stopping.Request(toolWasTold: false);
        }
    }
}
