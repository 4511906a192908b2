using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Headgate.Connector.Failover;

/// <summary>Asks a tool to end the way its user would: with an interrupt, on which restic removes its lock. Windows' console tells it by itself.</summary>
internal static partial class ToolSignals
{
    private const int StandardError = 2;
    private const int Interrupt = 2;

    /// <summary>Sends SIGINT. Nothing happens when the process has ended, or on Windows.</summary>
    public static void SendInterrupt(Process process)
    {
        if (!OperatingSystem.IsWindows() && !process.HasExited)
        {
            _ = Kill(process.Id, Interrupt);
        }
    }

    /// <summary>Whether a terminal's Ctrl-C reaches this program and its tool alike. Any of input, output and error may be all that there is of the terminal.</summary>
    public static bool InTerminalForeground() =>
        OperatingSystem.IsWindows() || Enumerable.Range(0, StandardError + 1).Any(descriptor => GetTerminalProcessGroup(descriptor) is > 0 and var group && group == GetProcessGroup());

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "tcgetpgrp")]
    private static partial int GetTerminalProcessGroup(int descriptor);

    [LibraryImport("libc", EntryPoint = "getpgrp")]
    private static partial int GetProcessGroup();
}
