using System.CommandLine;
using Headgate.Connector.Jobs;

namespace Headgate.Connector.Commands;

/// <summary><c>headgate jobs log NAME</c>: what the last run, or another one, said.</summary>
internal sealed class JobsLogCommand(CommonOptions common, ConnectorConsole console)
{
    private readonly Argument<string> _name = JobsCommand.NameArgument("The job's name.");

    private readonly Option<string?> _run = new("--run") { Description = "Which log, by the beginning of its name as --list has it. Default: the newest.", HelpName = "LOG" };

    private readonly Option<bool> _list = new("--list") { Description = "List the logs that are kept, newest first." };

    /// <summary>The command.</summary>
    public Command Build()
    {
        var command = new Command("log", "Show the log of a job's run.");
        command.Arguments.Add(_name);
        command.Options.Add(_run);
        command.Options.Add(_list);
        command.SetAction(Show);
        return command;
    }

    private int Show(ParseResult parsed)
    {
        var store = new JobStore(common.FolderOf(parsed));
        var job = store.Get(parsed.GetRequiredValue(_name)).Job;
        var names = RunLog.Names(store.LogsOf(job));
        if (parsed.GetValue(_list))
        {
            foreach (var kept in names)
            {
                console.Output.WriteLine(kept);
            }

            return ExitCodes.Ok;
        }

        var wanted = parsed.GetValue(_run) ?? "";
        var name = names.FirstOrDefault(name => name.StartsWith(wanted, StringComparison.Ordinal))
            ?? throw new ConnectorFailureException(ExitCodes.Usage, names.Count == 0
                ? $"Job '{job}' has no log: it has not run yet."
                : $"Job '{job}' has no log '{wanted}'. Those that are kept: headgate jobs log {job} --list");
        Copy(RunLog.PathOf(store.LogsOf(job), name));
        return ExitCodes.Ok;
    }

    private void Copy(string path)
    {
        try
        {
            using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            while (reader.ReadLine() is { } line)
            {
                console.Output.WriteLine(string.Concat(line.Select(c => char.IsControl(c) && c != '\t' ? ' ' : c)));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConnectorFailureException(ExitCodes.StateFolder, $"The log {path} cannot be read: {e.Message}", e);
        }
    }
}
