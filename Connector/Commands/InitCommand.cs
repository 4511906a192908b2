using System.CommandLine;
using Headgate.Connector.Failover;

namespace Headgate.Connector.Commands;

/// <summary><c>headgate init --repository NAME</c>: creates this machine's restic repository, by <c>restic init</c> over the gateways.</summary>
internal sealed class InitCommand(CommonOptions common, ConnectorConsole console, UserStop stopping, TimeProvider time)
{
    private readonly Option<string> _repository = RunOptions.RequiredRepository();

    private readonly Option<string?> _path = RunOptions.Path("Where to create it. Default: /<host name>/.");

    private readonly Argument<string[]> _arguments = new("arguments")
    {
        Description = "After '--': further arguments for restic init, such as --repository-version 2.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    /// <summary>The command.</summary>
    public Command Build()
    {
        var command = new Command("init", "Create the restic repository for this machine. restic asks for its password, or takes RESTIC_PASSWORD_FILE.");
        command.Options.Add(_repository);
        command.Options.Add(_path);
        command.Arguments.Add(_arguments);
        command.SetAction((parsed, _) => RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        string[] words = ["restic", "init", .. parsed.GetValue(_arguments) ?? []];
        var tool = ToolCommandLine.Read(words, out var refusal) ?? throw new ConnectorFailureException(ExitCodes.Usage, refusal!);
        ProcessTool.Find(words[0]);
        using var session = await Session.OpenForRunAsync(common, parsed, console, time, stopping.Asked);
        var plan = new RunPlan
        {
            Job = MachineJob.Of("init", session.Connector),
            Repository = parsed.GetRequiredValue(_repository),
            Host = session.Settings.HostName,
            Path = RunOptions.PathOf(parsed, _path, session.Settings.HostName),
            Tool = tool.Profile,
            Retries = 0,
        };
        return await session.RunAsync(plan, 0, _ => new ProcessTool(tool.Words, stopping, time), console, stopping);
    }
}
