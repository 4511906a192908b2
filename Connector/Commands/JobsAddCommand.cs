using System.CommandLine;
using System.Globalization;
using Headgate.Connector.Failover;
using Headgate.Connector.Jobs;

namespace Headgate.Connector.Commands;

/// <summary><c>headgate jobs add NAME --repository NAME --schedule CRON -- restic backup ...</c>: keeps a job.</summary>
internal sealed class JobsAddCommand(CommonOptions common, ConnectorConsole console, TimeProvider time)
{
    // In the command line every user of the machine could read it, and the job's file would keep it.
    private static readonly string[] s_secrets = ["RESTIC_PASSWORD=", "RCLONE_CONFIG_PASS=", "KOPIA_PASSWORD=", "BORG_PASSPHRASE="];

    private readonly Argument<string> _name = JobsCommand.NameArgument("The job's name: 1 to 24 of a-z, 0-9 and '-'.");

    private readonly ToolRunOptions _run = new();

    private readonly Option<string?> _schedule = new("--schedule")
    {
        Description = "When the service runs it, in this machine's time zone: five cron fields such as '30 2 * * *', six with seconds first, or @daily. Without it: only by headgate jobs run.",
        HelpName = "CRON",
    };

    private readonly Option<string?> _before = new("--before") { Description = "A shell command before the tool; where it fails the tool is not run.", HelpName = "COMMAND" };

    private readonly Option<string?> _after = new("--after") { Description = "A shell command after it, however it ended (HEADGATE_EXIT_CODE).", HelpName = "COMMAND" };

    private readonly Option<string?> _environment = new("--env-file")
    {
        Description = "File of NAME=value lines for the tool and the hooks, such as RESTIC_PASSWORD; its mode must be 0600.",
        HelpName = "FILE",
    };

    private readonly Option<OverlapRule> _overlap = new("--overlap")
    {
        Description = "When it is due and still running: skip (default) leaves that time out, queue runs it right after.",
        HelpName = "skip|queue",
    };

    private readonly Option<MissedRule> _missed = new("--missed")
    {
        Description = "Due times that passed while the machine was off: run (default) makes up for all of them once, skip leaves them out.",
        HelpName = "run|skip",
    };

    private readonly Option<string> _jitter = new Option<string>("--jitter")
    {
        Description = "Put each due time off by up to this much, such as 15m. Default: 0s.",
        DefaultValueFactory = _ => "0s",
        HelpName = "TIME",
    }.MustBeDuration();

    private readonly Option<int> _logs = new Option<int>("--keep-logs")
    {
        Description = "Logs of runs that are kept (1 to 1000). Default: 30.",
        DefaultValueFactory = _ => 30,
        HelpName = "N",
    }.MustBeWithin(1, 1000);

    private readonly Option<bool> _replace = new("--replace") { Description = "Set a job of that name up anew; its logs stay." };

    /// <summary>The command.</summary>
    public Command Build()
    {
        var command = new Command("add", "Keep a job. headgate service runs it by its schedule.");
        command.Arguments.Add(_name);
        _run.AddTo(command);
        foreach (var option in (Option[])[_schedule, _before, _after, _environment, _overlap, _missed, _jitter, _logs, _replace])
        {
            command.Options.Add(option);
        }

        command.SetAction(Add);
        return command;
    }

    private int Add(ParseResult parsed)
    {
        var name = parsed.GetRequiredValue(_name);
        var run = _run.Read(parsed);
        if (run.Words.FirstOrDefault(word => Array.Exists(s_secrets, secret => word.StartsWith(secret, StringComparison.Ordinal))) is { } open)
        {
            throw new ConnectorFailureException(
                ExitCodes.Usage, $"'{open[..open.IndexOf('=', StringComparison.Ordinal)]}' cannot stand in the command: every user of this machine could read it. Put it into a file of mode 0600 and give that by --env-file.");
        }

        var folder = common.FolderOf(parsed);
        folder.LoadIdentity().Dispose();
        var store = new JobStore(folder);
        if (store.Find(name) is not null && !parsed.GetValue(_replace))
        {
            throw new ConnectorFailureException(ExitCodes.Usage, $"This machine has a job '{name}' already: headgate jobs show {name}. Add --replace to set it up anew.");
        }

        DurationText.TryParse(parsed.GetRequiredValue(_jitter), out var jitter);
        var job = new JobDefinition
        {
            Job = name,

            // The service runs elsewhere than the user who adds it, and with another PATH.
            Run = run with { Words = [ProcessTool.Find(run.Words[0]), .. run.Words.Skip(1)] },
            Schedule = parsed.GetValue(_schedule),
            Before = parsed.GetValue(_before),
            After = parsed.GetValue(_after),
            EnvironmentFile = parsed.GetValue(_environment) is { } file ? Path.GetFullPath(file) : null,
            Folder = Environment.CurrentDirectory,
            Overlap = parsed.GetValue(_overlap),
            Missed = parsed.GetValue(_missed),
            Jitter = jitter,
            KeptLogs = parsed.GetValue(_logs),
            Added = time.GetUtcNow(),
        };
        var next = NextOf(job);
        if (job.EnvironmentFile is { } environment)
        {
            EnvironmentFile.Read(environment);
        }

        store.Save(job);
        console.Output.WriteLine(next is { } due
            ? string.Create(CultureInfo.InvariantCulture, $"Job {name} is kept. First due {due.ToLocalTime():yyyy-MM-dd HH:mm:ss}, when headgate service runs here; at once: headgate jobs run {name}")
            : $"Job {name} is kept. It has no schedule; run it by: headgate jobs run {name}");
        return ExitCodes.Ok;
    }

    private DateTimeOffset? NextOf(JobDefinition job)
    {
        try
        {
            if (job.Schedule is { Length: > JobService.MaxScheduleLength } schedule)
            {
                throw new FormatException(string.Create(
                    CultureInfo.InvariantCulture, $"A schedule has up to {JobService.MaxScheduleLength} characters; this one has {schedule.Length}."));
            }

            return job.ReadSchedule(TimeZoneInfo.Local) is { } times
                ? times.NextAfter(time.GetUtcNow()) ?? throw new FormatException($"'{job.Schedule}' cannot be a schedule: it is never due again.")
                : null;
        }
        catch (FormatException e)
        {
            throw new ConnectorFailureException(ExitCodes.Usage, e.Message, e);
        }
    }
}
