using System.CommandLine;
using System.Globalization;
using Headgate.Connector.Jobs;

namespace Headgate.Connector.Commands;

/// <summary><c>headgate jobs show NAME</c>: a job as it was set up, its next due times and what became of it.</summary>
internal sealed class JobsShowCommand(CommonOptions common, ConnectorConsole console, TimeProvider time)
{
    private const int Ahead = 3;

    private readonly Argument<string> _name = JobsCommand.NameArgument("The job's name.");

    /// <summary>The command.</summary>
    public Command Build()
    {
        var command = new Command("show", "Show a job of this machine.");
        command.Arguments.Add(_name);
        command.SetAction(Show);
        return command;
    }

    private int Show(ParseResult parsed)
    {
        var store = new JobStore(common.FolderOf(parsed));
        var job = store.Get(parsed.GetRequiredValue(_name));
        var record = store.RecordOf(job.Job);
        Line("job", job.Job);
        Line("runs", string.Join(' ', job.Run.Words.Select(Quoted)));
        Line("in", job.Folder);
        Line("kind", job.Run.Kind.ToString().ToLowerInvariant());
        Line("repository", job.Run.Repository + (job.Run.Path is { } path ? $", path {path}" : ", this machine's own path"));
        Line("retries", string.Create(CultureInfo.InvariantCulture, $"{job.Run.Retries}, {ConnectorConsole.Words(job.Run.RetryWait)} apart"));
        Line("schedule", job.Schedule is null ? "none: runs by hand" : $"{job.Schedule} ({TimeZoneInfo.Local.Id})");
        foreach (var due in Due(job))
        {
            Line("due", JobText.When(due));
        }

        Line("jitter", job.Jitter > TimeSpan.Zero ? "up to " + ConnectorConsole.Words(job.Jitter) : "none");
        Line("overlap", job.Overlap.ToString().ToLowerInvariant());
        Line("missed", job.Missed.ToString().ToLowerInvariant());
        Line("before", job.Before ?? "-");
        Line("after", job.After ?? "-");
        Line("variables", job.EnvironmentFile ?? "-");
        Line("logs", string.Create(CultureInfo.InvariantCulture, $"the last {job.KeptLogs}, in {store.LogsOf(job.Job)}"));
        if (store.IsRunning(job.Job) && record.Running is { } running)
        {
            Line("running", string.Create(CultureInfo.InvariantCulture, $"since {JobText.When(running.Began)}, process {running.Process}"));
        }

        if (record.Last is { } last)
        {
            Line("last run", $"{JobText.When(last.Began)} to {JobText.When(last.Ended)}: {JobText.End(last)}{(last.Reason is { } reason ? ". " + reason : "")}");
        }

        if (record.Skipped is { } skipped)
        {
            Line("left out", $"{JobText.When(skipped.Due)}: {skipped.Why}");
        }

        return ExitCodes.Ok;
    }

    private IEnumerable<DateTimeOffset> Due(JobDefinition job)
    {
        DateTimeOffset? due = time.GetUtcNow();
        for (var i = 0; i < Ahead && (due = Schedule(job)?.NextAfter(due!.Value)) is { } next; i++)
        {
            yield return next;
        }
    }

    private static CronSchedule? Schedule(JobDefinition job)
    {
        try
        {
            return job.ReadSchedule(TimeZoneInfo.Local);
        }
        catch (FormatException e)
        {
            throw new ConnectorFailureException(ExitCodes.Usage, e.Message, e);
        }
    }

    private void Line(string what, string text) => console.Output.WriteLine($"{what,-11} {text}");

    private static string Quoted(string word) => word.Any(char.IsWhiteSpace) || word.Length == 0 ? $"'{word}'" : word;
}
