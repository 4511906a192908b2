using System.CommandLine;
using Headgate.Connector.Failover;
using Headgate.Protocol.Problems;

namespace Headgate.Connector.Commands;

/// <summary>The program: its commands, and what becomes of a failure.</summary>
internal sealed class ConnectorProgram(ConnectorConsole console, UserStop stopping, TimeProvider time)
{
    /// <summary>Runs <paramref name="args"/> and returns one of <see cref="ExitCodes"/> or a tool's code.</summary>
    public async Task<int> RunAsync(string[] args)
    {
        // An argument such as @file belongs to the tool: no response files.
        var parsed = Build().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                console.Say(error.Message);
            }

            console.Say("see headgate " + string.Join(' ', args.TakeWhile(arg => !arg.StartsWith('-')).Take(1)) + " --help");
            return ExitCodes.Usage;
        }

        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
            Output = console.Output,
            Error = console.Error,
        };
        try
        {
            return await parsed.InvokeAsync(configuration);
        }
        catch (ConnectorFailureException failure)
        {
            console.Say(failure.Message);
            return failure.ExitCode;
        }
        catch (ProblemException refusal)
        {
            console.Say(refusal.Message);
            return JobRunner.CodeOf(refusal);
        }
        catch (OperationCanceledException) when (stopping.Asked.IsCancellationRequested)
        {
            return ExitCodes.Cancelled;
        }
        catch (Exception fault)
        {
            // The last resort, so that a script sees a code of its own for a fault of ours, and the user what to report.
            console.Error.WriteLine(fault);
            console.Say("this is a fault of headgate; please report the lines above.");
            return ExitCodes.Internal;
        }
    }

    private RootCommand Build()
    {
        var common = new CommonOptions();
        var root = new RootCommand("headgate: backs this machine up to a service provider, over gateways that may fail.");
        common.AddTo(root);
        root.Subcommands.Add(new EnrollCommand(common, console, stopping, time).Build());
        root.Subcommands.Add(new InitCommand(common, console, stopping, time).Build());
        root.Subcommands.Add(new RunCommand(common, console, stopping, time).Build());
        root.Subcommands.Add(new JobsCommand(common, console, stopping, time).Build());
        root.Subcommands.Add(new CancelCommand(common, console, stopping, time).Build());
        root.Subcommands.Add(new ServiceCommand(common, console, stopping, time).Build());
        root.Subcommands.Add(new RepositoriesCommand(common, console, stopping, time).Build());
        root.Subcommands.Add(new ConnectCommand(common, console, stopping, time).Build());
        root.Subcommands.Add(new StatusCommand(common, console, stopping, time).Build());
        root.Subcommands.Add(new GatewaysCommand(common, console, stopping, time).Build());
        return root;
    }
}
