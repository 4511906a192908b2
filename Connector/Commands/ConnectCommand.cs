using System.CommandLine;
using System.Globalization;
using Headgate.Connector.Failover;
using Headgate.Connector.Forwarding;

namespace Headgate.Connector.Commands;

/// <summary><c>headgate connect --repository NAME</c>: keeps a route open for tools that the user starts.</summary>
internal sealed class ConnectCommand(CommonOptions common, ConnectorConsole console, UserStop stopping, TimeProvider time)
{
    private readonly Option<string> _repository = RunOptions.Repository("The cloud repository's name. Default: the only one there is.");

    private readonly Option<string?> _job = new Option<string?>("--job")
    {
        Description = "The job under which the provider records it. Default: connect-<this machine>.",
        HelpName = "NAME",
    }.MustBeIdentifier();

    private readonly Option<string?> _path = RunOptions.Path("The restic repository within it. Default: this machine's, /<host name>/.");

    private readonly Option<int> _port = new Option<int>("--port")
    {
        Description = "Port on 127.0.0.1. Default: a free one.",
        HelpName = "PORT",
    }.MustBeWithin(0, 65535);

    private readonly Option<bool> _print = new("--print")
    {
        Description = "Print the secret even when the output is not a terminal.",
    };

    /// <summary>The command.</summary>
    public Command Build()
    {
        var command = new Command("connect", "Open a route and keep it until Ctrl-C; prints the RESTIC_REPOSITORY to use, which is a secret.");
        command.Options.Add(_repository);
        command.Options.Add(_job);
        command.Options.Add(_path);
        command.Options.Add(_port);
        command.Options.Add(_print);
        command.SetAction((parsed, _) => RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        if (!console.OutputIsTerminal && !parsed.GetValue(_print))
        {
            throw new ConnectorFailureException(
                ExitCodes.Usage, "connect prints a secret, and this output is not a terminal. Add --print when that is what you want.");
        }

        using var session = await Session.OpenForRunAsync(common, parsed, console, time, stopping.Asked);
        var plan = new RunPlan
        {
            Job = parsed.GetValue(_job) ?? MachineJob.Of("connect", session.Connector),
            Repository = parsed.GetValue(_repository) ?? await OnlyRepositoryAsync(session),
            Host = session.Settings.HostName,
            Path = RunOptions.PathOf(parsed, _path, session.Settings.HostName),
            Tool = new ToolProfile("connect", IsRestic: false, ReadsOnly: false, WritesSnapshot: false, ToolProfile.UsualConnections),
            Retries = 0,
            Stop = StopMeaning.Ends,
        };
        return await session.RunAsync(plan, parsed.GetValue(_port), _ => new OpenRoute(console), console, stopping);
    }

    private async Task<string> OnlyRepositoryAsync(Session session)
    {
        var status = await session.Api.StatusAsync(stopping.Asked);
        return status.Quotas is [var only]
            ? only.Repository
            : throw new ConnectorFailureException(
                ExitCodes.Usage,
                string.Create(CultureInfo.InvariantCulture, $"You have {status.Quotas.Count} repositories ({string.Join(", ", status.Quotas.Select(quota => quota.Repository))}): name one with --repository."));
    }

    /// <summary>The tool of such a run: it prints how to get in and waits.</summary>
    private sealed class OpenRoute(ConnectorConsole console) : ITool
    {
        public async Task<int> RunAsync(string repositoryUrl, CancellationToken stop)
        {
            console.Output.WriteLine($"export RESTIC_REPOSITORY={repositoryUrl}");
            console.Output.Flush();
            console.Say("the route is open until Ctrl-C. Whoever has the line above can use it from this machine.");
            await Task.Delay(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 0;
        }
    }
}
