using System.CommandLine;
using Headgate.Connector.Failover;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Commands;

/// <summary>Options of commands that say how a tool is run: at once (<c>headgate run</c>), or by a job that is kept (<c>headgate jobs add</c>).</summary>
internal sealed class ToolRunOptions
{
    private readonly Option<JobKind> _kind = new("--kind")
    {
        Description = "copy (default): network faults do not reach the tool, its connections go on over another gateway. backup: they reach it, and failed attempts "
            + "are retried; for a repository that does not know copy runs, or a tool that shall itself see faults.",
        DefaultValueFactory = _ => JobKind.Copy,
        HelpName = "copy|backup",
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

    /// <summary>Adds them to <paramref name="command"/>.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_kind);
        command.Options.Add(_repository);
        command.Options.Add(_path);
        command.Options.Add(_retries);
        command.Options.Add(_retryWait);
        command.Arguments.Add(_command);
    }

    /// <summary>What was asked for.</summary>
    /// <exception cref="ConnectorFailureException">The tool's arguments cannot be, or there is no such tool.</exception>
    public ToolRun Read(ParseResult parsed)
    {
        DurationText.TryParse(parsed.GetRequiredValue(_retryWait), out var wait);
        var run = new ToolRun
        {
            Kind = parsed.GetValue(_kind),
            Repository = parsed.GetRequiredValue(_repository),
            Path = parsed.GetValue(_path),
            Retries = parsed.GetValue(_retries),
            RetryWait = wait,
            Words = parsed.GetRequiredValue(_command),
        };
        run.ReadTool();
        ProcessTool.Find(run.Words[0]);
        return run;
    }
}
