using System.CommandLine;
using System.Globalization;
using Headgate.Connector.Failover;

namespace Headgate.Connector.Commands;

/// <summary><c>headgate cancel JOB</c>: stops the job's run on this machine, whoever started it.</summary>
internal sealed class CancelCommand(CommonOptions common, ConnectorConsole console, UserStop stopping, TimeProvider time)
{
    private readonly Argument<string> _name = JobsCommand.NameArgument("The job's name.");

    /// <summary>The command.</summary>
    public Command Build()
    {
        var command = new Command("cancel", "Cancel the run of a job that goes on on this machine. Other machines' runs are cancelled on the tenants' site.");
        command.Arguments.Add(_name);
        command.SetAction((parsed, _) => RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        using var session = Session.Open(common, parsed, console, time);
        var job = await session.CancelAsync(parsed.GetRequiredValue(_name), stopping.Asked);
        console.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Run {job.LastRun?.Run} of job {job.Job} is asked to stop: it hears so within 15 s, and where it does not, its route is closed after a minute."));
        return ExitCodes.Ok;
    }
}
