using System.CommandLine;
using Headgate.Connector.Failover;
using Headgate.Connector.Resume;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Commands;

/// <summary><c>headgate run --job NAME --repository NAME -- restic backup ...</c>: runs a tool against the tenant's repository.</summary>
internal sealed class RunCommand(CommonOptions common, ConnectorConsole console, UserStop stopping, TimeProvider time)
{
    private readonly Option<string> _job = new Option<string>("--job")
    {
        Description = "The job's name; made when first used.",
        HelpName = "NAME",
        Required = true,
    }.MustBeIdentifier();

    private readonly Option<JobKind> _kind = new("--kind")
    {
        Description = "backup: network faults reach the tool, failed attempts are retried. copy: they do not reach it, its connections go on over another gateway.",
        DefaultValueFactory = _ => JobKind.Backup,
        HelpName = "backup|copy",
    };

    private readonly Option<string> _repository = RunOptions.RequiredRepository();

    private readonly Option<string?> _path = RunOptions.Path("The restic repository within it. Default: this machine's, /<host name>/. Another machine's for a restore.");

    private readonly Option<int> _retries = new Option<int>("--retries")
    {
        Description = "Further attempts after one that the network made fail (0 to 100). Default: 3.",
        DefaultValueFactory = _ => 3,
        HelpName = "N",
    }.MustBeWithin(0, 100);

    private readonly Option<string> _retryWait = new Option<string>("--retry-wait")
    {
        Description = "Time between attempts, such as 30s, 10m; give or take 20 %. Default: 10m.",
        DefaultValueFactory = _ => "10m",
        HelpName = "TIME",
    }.MustBeDuration();

    private readonly Argument<string[]> _command = new("command")
    {
        Description = "After '--': the tool and its arguments, such as restic backup /home.",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>The command.</summary>
    public Command Build()
    {
        var command = new Command("run", "Run a tool against a cloud repository, over gateways that may fail.");
        command.Options.Add(_job);
        command.Options.Add(_kind);
        command.Options.Add(_repository);
        command.Options.Add(_path);
        command.Options.Add(_retries);
        command.Options.Add(_retryWait);
        command.Arguments.Add(_command);
        command.SetAction((parsed, _) => RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var words = parsed.GetRequiredValue(_command);
        var tool = ToolCommandLine.Read(words, out var refusal) ?? throw new ConnectorFailureException(ExitCodes.Usage, refusal!);
        ProcessTool.Find(words[0]);
        DurationText.TryParse(parsed.GetRequiredValue(_retryWait), out var wait);
        using var session = await Session.OpenForRunAsync(common, parsed, console, time, stopping.Asked);
        var plan = new RunPlan
        {
            Job = parsed.GetRequiredValue(_job),
            Kind = parsed.GetValue(_kind),
            Repository = parsed.GetRequiredValue(_repository),
            Host = session.Settings.HostName,
            Path = RunOptions.PathOf(parsed, _path, session.Settings.HostName),
            Tool = tool.Profile,
            Retries = parsed.GetValue(_retries),
            RetryWait = wait,
        };
        var command = plan.Kind == JobKind.Copy
            ? await ResticPatience.WordsAsync(tool, new CopyLimits().Session.Wait, time, stopping.Asked)
            : tool.Words;
        return await session.RunAsync(plan, 0, _ => new ProcessTool(command, stopping, time), console, stopping);
    }
}
