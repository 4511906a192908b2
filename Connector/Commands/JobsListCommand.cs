using System.CommandLine;
using Headgate.Connector.Jobs;

namespace Headgate.Connector.Commands;

/// <summary><c>headgate jobs list</c>: this machine's jobs, their schedules and their last runs.</summary>
internal sealed class JobsListCommand(CommonOptions common, ConnectorConsole console)
{
    /// <summary>The command.</summary>
    public Command Build()
    {
        var command = new Command("list", "List this machine's jobs.");
        command.SetAction(List);
        return command;
    }

    private int List(ParseResult parsed)
    {
        var store = new JobStore(common.FolderOf(parsed));
        console.WriteTable(
            ["Job", "Kind", "Repository", "Schedule", "Next", "Last run", ""],
            store.Names().Select(name => Row(store, store.Get(name))));
        return ExitCodes.Ok;
    }

    private static string[] Row(JobStore store, JobDefinition job)
    {
        var record = store.RecordOf(job.Job);
        var isRunning = store.IsRunning(job.Job);
        return
        [
            job.Job,
            job.Run.Kind.ToString().ToLowerInvariant(),
            job.Run.Repository,
            job.Schedule ?? "-",
            JobText.Next(job, record),
            isRunning && record.Running is { } running ? JobText.When(running.Began) : record.Last is { } last ? JobText.When(last.Began) : "-",
            isRunning ? "is running" : record.Last is { } ended ? JobText.End(ended) : "never ran",
        ];
    }
}
