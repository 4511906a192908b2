using System.Diagnostics;
using Headgate.Server.Hosting;
using Headgate.Silo.Certificates;
using Headgate.Testing;
using Microsoft.Data.Sqlite;

namespace Headgate.Silo.Tests.Api;

/// <summary>Runs <c>headgate-server</c> itself, on a data folder of the test's own; what still runs at the end is killed.</summary>
internal sealed class ServerPrograms : IDisposable
{
    private readonly TemporaryFolder _folder = new(SqliteConnection.ClearAllPools);
    private readonly List<Process> _processes = [];

    /// <summary>The data folder.</summary>
    public string Data => _folder.Path;

    private static string Program => Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "headgate-server.exe" : "headgate-server");

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited)
            {
                process.Kill();
                process.WaitForExit();
            }

            process.Dispose();
        }

        _folder.Dispose();
    }

    /// <summary>Starts it; nothing of this test's own environment says who it is.</summary>
    public Process Launch(IEnumerable<string> arguments, string? administratorPassword = null)
    {
        var start = new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove(OperatorSecret.Variable);
        start.Environment.Remove(FirstAdministrator.Variable);
        if (administratorPassword is not null)
        {
            start.Environment[FirstAdministrator.Variable] = administratorPassword;
        }

        var process = Process.Start(start)!;
        _processes.Add(process);
        return process;
    }

    /// <summary>Runs it to its end.</summary>
    /// <param name="arguments">What it is told.</param>
    /// <param name="data">Its data folder; null tells it none.</param>
    public async Task<(int ExitCode, string Output, string Error)> RunAsync(IEnumerable<string> arguments, string? data)
    {
        var process = Launch(data is null ? arguments : [.. arguments, "--data", data]);
        var output = process.StandardOutput.ReadToEndAsync(SiloWorld.Deadline);
        var error = process.StandardError.ReadToEndAsync(SiloWorld.Deadline);
        await process.WaitForExitAsync(SiloWorld.Deadline);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>Runs a command that must succeed; what it printed.</summary>
    public async Task<string> OkAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync(arguments, Data);
        Assert.True(exitCode == 0, $"{string.Join(' ', arguments)}: {exitCode}\n{output}{error}");
        return output;
    }
}
