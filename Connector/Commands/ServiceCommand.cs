using System.CommandLine;
using Headgate.Connector.Failover;
using Headgate.Connector.Jobs;
using Headgate.Protocol.Services;

namespace Headgate.Connector.Commands;

/// <summary><c>headgate service</c>: runs this machine's jobs by their schedules, under systemd, as a Windows service, or by hand.</summary>
internal sealed class ServiceCommand(CommonOptions common, ConnectorConsole console, UserStop stopping, TimeProvider time)
{
    /// <summary>The command.</summary>
    public Command Build()
    {
        var command = new Command("service", "Run this machine's jobs by their schedules until stopped; for systemd or the Windows service manager.");
        command.SetAction((parsed, _) => RunAsync(parsed));
        var install = new ServiceInstallCommand(common, console);
        command.Subcommands.Add(install.BuildInstall());
        command.Subcommands.Add(install.BuildUninstall());
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed)
    {
        var folder = common.FolderOf(parsed);
        return ServiceManager.RunAsync(ServiceUnit.WindowsName, Path.Combine(folder.Path, "jobs"), (manager, stop) =>
            OperatingSystem.IsWindows() && manager != ServiceManager.None
                ? ServeToLogAsync(parsed, manager, stop)
                : ServeAsync(parsed, console, manager, stop), stopping.Asked);
    }

    // Windows gives a service no console. What goes to one goes to a file that was opened after this program took its console, and is closed before its failures are said there.
    private async Task<int> ServeToLogAsync(ParseResult parsed, IServiceManager manager, CancellationToken stop)
    {
        var log = new ConnectorConsole(Console.Out, Console.Error, outputIsTerminal: false, errorIsTerminal: false);
        try
        {
            return await ServeAsync(parsed, log, manager, stop);
        }
        catch (ConnectorFailureException failure)
        {
            log.Say(failure.Message);
            return failure.ExitCode;
        }
    }

    private async Task<int> ServeAsync(ParseResult parsed, ConnectorConsole console, IServiceManager manager, CancellationToken stop)
    {
        // Opened once, so that a machine that is not enrolled, or whose clock is wrong, is told at the start.
        using var session = Session.Open(common, parsed, console, time);
        var store = new JobStore(session.Folder);
        using var alone = store.TryLockService()
            ?? throw new ConnectorFailureException(ExitCodes.RefusedForNow, $"Another headgate service runs the jobs in {session.Folder.Path}.");
        using var service = new JobService(
            store, new ChildRuns(session.Folder.Path, parsed.GetValue(common.Resolve) ?? [], time), console.Say, session.Identity.Identity.Id, time);
        await using var reporter = new ServiceReporter(manager, () => new ServiceState(IsServing: true, service.Status()), time);
        await using var stopped = stop.UnsafeRegister(_ => reporter.Stopping(), null);
        console.Say("the service runs.");
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var telling = Task.WhenAll(
            new PlanTeller(service.Plans, session.PlansAsync, console.Say, time).RunAsync(over.Token),
            new EndTeller(session.Ends(console.Say), session.Api, console.Say, time).RunAsync(over.Token));
        try
        {
            await service.RunAsync(stop);
        }
        finally
        {
            await over.CancelAsync();
            await telling;
        }

        console.Say("the service has stopped.");
        return ExitCodes.Ok;
    }
}
