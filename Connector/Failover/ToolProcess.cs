using System.ComponentModel;
using System.Diagnostics;
using Headgate.Connector.Commands;

namespace Headgate.Connector.Failover;

/// <summary>A child process from its start to its end: one that is to stop is asked first, and made to when it does not.</summary>
internal sealed class ToolProcess(UserStop stopping, TimeProvider time)
{
    private static readonly TimeSpan s_toldGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_endGrace = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(10);

    /// <summary>Starts it and waits for its end.</summary>
    /// <exception cref="ConnectorFailureException">It cannot be started.</exception>
    public async Task<int> RunAsync(ProcessStartInfo start, IToolSurroundings? surroundings, CancellationToken stop)
    {
        surroundings?.Prepare(start);
        using var process = Start(start);
        var attending = surroundings?.AttendAsync(process) ?? Task.CompletedTask;
        var exited = process.WaitForExitAsync(CancellationToken.None);
        try
        {
            await exited.WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            await EndAsync(process, exited);
        }

        // Something that it left behind may hold its output open for ever.
        await Task.WhenAny(attending, Task.Delay(s_lastWords, time, CancellationToken.None));
        return process.ExitCode;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new ConnectorFailureException(ExitCodes.ToolNotExecutable, $"'{start.FileName}' did not start.");
        }
        catch (Win32Exception e)
        {
            throw new ConnectorFailureException(ExitCodes.ToolNotExecutable, $"'{start.FileName}' cannot be started: {e.Message}", e);
        }
    }

    private async Task EndAsync(Process process, Task exited)
    {
        // A second interrupt makes some tools drop everything, so one that came from the terminal is given time to work.
        if (stopping.ToolWasTold && await EndedWithinAsync(exited, s_toldGrace))
        {
            return;
        }

        ToolSignals.SendInterrupt(process);
        if (await EndedWithinAsync(exited, s_endGrace))
        {
            return;
        }

        process.Kill(entireProcessTree: true);
        await exited;
    }

    private async Task<bool> EndedWithinAsync(Task exited, TimeSpan grace)
    {
        try
        {
            await exited.WaitAsync(grace, time, stopping.Insisted);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }
}
