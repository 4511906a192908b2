using System.ComponentModel;
using System.Diagnostics;
using Headgate.Connector.Commands;

namespace Headgate.Connector.Failover;

/// <summary>A tool as a child process that has this program's own input, output and terminal.</summary>
internal sealed class ProcessTool(IReadOnlyList<string> words, UserStop stopping, TimeProvider time) : ITool
{
    private static readonly TimeSpan s_toldGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_endGrace = TimeSpan.FromSeconds(30);

    /// <summary>The full path of the program, before anything is asked of the provider.</summary>
    /// <exception cref="ConnectorFailureException">There is none.</exception>
    public static string Find(string program)
    {
        foreach (var candidate in Candidates(program))
        {
            if (File.Exists(candidate))
            {
                return Path.GetFullPath(candidate);
            }
        }

        var hint = Path.GetFileNameWithoutExtension(program) == "restic"
            ? "restic is not installed. On Debian and Ubuntu: apt install restic; elsewhere see https://restic.net."
            : $"There is no program '{program}' on the PATH.";
        throw new ConnectorFailureException(ExitCodes.ToolNotFound, hint);
    }

    public async Task<int> RunAsync(string repositoryUrl, CancellationToken stop)
    {
        var start = new ProcessStartInfo(Find(words[0]), words.Skip(1)) { UseShellExecute = false };
        ToolEnvironment.Prepare(start.Environment, repositoryUrl);
        using var process = Start(start);
        var exited = process.WaitForExitAsync(CancellationToken.None);
        try
        {
            await exited.WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            await EndAsync(process, exited);
        }

        return process.ExitCode;
    }

    private static IEnumerable<string> Candidates(string program)
    {
        string[] endings = OperatingSystem.IsWindows() ? ["", ".exe", ".cmd", ".bat"] : [""];
        if (program.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) || program.Contains('/', StringComparison.Ordinal))
        {
            return endings.Select(ending => program + ending);
        }

        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders.SelectMany(folder => endings.Select(ending => Path.Combine(folder, program + ending)));
    }

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new ConnectorFailureException(ExitCodes.ToolNotExecutable, $"'{words[0]}' did not start.");
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
