using System.CommandLine;
using Headgate.Connector.Failover;

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

    private readonly ToolRunOptions _run = new();

    /// <summary>The command.</summary>
    public Command Build()
    {
        var command = new Command("run", "Run a tool against a cloud repository, over gateways that may fail.");
        command.Options.Add(_job);
        _run.AddTo(command);
        command.SetAction((parsed, _) => RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var run = _run.Read(parsed);
        using var session = await Session.OpenForRunAsync(common, parsed, console, time, stopping.Asked);
        return await run.RunAsync(parsed.GetRequiredValue(_job), session, console, stopping, time);
    }
}
