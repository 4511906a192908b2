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
        var code = ExitCodes.Ok;
        var rows = store.Names().Select(name => Row(store, name, failure =>
        {
            console.Say(failure.Message);
            code = failure.ExitCode;
        })).ToArray();
        console.WriteTable(["Job", "Kind", "Repository", "Schedule", "Next", "Last run", ""], rows);
        return code;
    }

    // What of a job cannot be read hides neither the rest of it nor the other jobs.
    private static string[] Row(JobStore store, string name, Action<ConnectorFailureException> unreadable)
    {
        var (job, record) = (Try(() => store.Get(name)), Try(() => store.RecordOf(name)));
        var isRunning = store.IsRunning(name);
        return
        [
            name,
            job?.Run.Kind.ToString().ToLowerInvariant() ?? "?",
            job?.Run.Repository ?? "?",
            job is null ? "?" : job.Schedule ?? "-",
            job is null || record is null ? "?" : JobText.Next(job, record),
            record is null ? "?" : isRunning && record.Running is { } running ? JobText.When(running.Began) : record.Last is { } last ? JobText.When(last.Began) : "-",
            isRunning ? "is running" : job is null || record is null ? "cannot be read" : record.Last is { } ended ? JobText.End(ended) : "never ran",
        ];

        T? Try<T>(Func<T> read)
            where T : class
        {
            try
            {
                return read();
            }
            catch (ConnectorFailureException failure)
            {
                unreadable(failure);
                return null;
            }
        }
    }
}
