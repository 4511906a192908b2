namespace Headgate.Protocol.Services;

/// <summary>Finds out who manages this process, and runs a program under it.</summary>
public static class ServiceManager
{
    /// <summary>Nobody.</summary>
    public static IServiceManager None { get; } = new NoServiceManager();

    /// <summary>
    /// Runs a program of this process under whoever manages it: on Windows as the service <paramref name="name"/>, when the service control manager
    /// started it; elsewhere under systemd, when <c>NOTIFY_SOCKET</c> is set; by hand otherwise. The variables are taken out of the environment, so that
    /// no child speaks for this process.
    /// </summary>
    /// <param name="name">The service's name on Windows.</param>
    /// <param name="logFolder">Where a Windows service, which has no console, writes what others write to theirs.</param>
    /// <param name="run">The program, with its manager and the token that asks it to stop.</param>
    /// <param name="cancellationToken">Asks it to stop, beside the manager.</param>
    /// <returns>The program's exit code.</returns>
    public static Task<int> RunAsync(
        string name, string logFolder, Func<IServiceManager, CancellationToken, Task<int>> run, CancellationToken cancellationToken) =>
        OperatingSystem.IsWindows()
            ? WindowsService.RunAsync(name, logFolder, run, cancellationToken)
            : RunNotifyingAsync(run, cancellationToken);

    private static async Task<int> RunNotifyingAsync(Func<IServiceManager, CancellationToken, Task<int>> run, CancellationToken cancellationToken)
    {
        using var manager = SystemdManager.From(Environment.GetEnvironmentVariable);
        foreach (var variable in new[] { "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID" })
        {
            Environment.SetEnvironmentVariable(variable, null);
        }

        return await run(manager ?? None, cancellationToken);
    }
}
