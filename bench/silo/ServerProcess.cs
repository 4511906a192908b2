using System.Diagnostics;
using System.Globalization;

namespace Headgate.Silo.Bench;

/// <summary>A headgate-server in a folder of its own, and what it costs, as the kernel counts it.</summary>
internal sealed class ServerProcess(string program, string folder) : IDisposable
{
    private const double TicksPerSecond = 100;
    private Process? _process;

    private string Data => Path.Combine(folder, "server");

    /// <summary>Processor time since its start, of the kernel for it too.</summary>
    public double CpuSeconds
    {
        get
        {
            var stat = File.ReadAllText($"/proc/{_process!.Id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
        }
    }

    public double ResidentMiB => StatusMiB("VmRSS:");

    public double PeakMiB => StatusMiB("VmHWM:");

    /// <summary>Starts it (again) and waits for its ready line.</summary>
    public async Task StartAsync(int port, string tenantListen = "127.0.0.1:0", string zone = "bench.test")
    {
        _process?.Dispose();
        _process = Process.Start(new ProcessStartInfo(program, [
            "run", "--data", Data, "--zone", zone, "--edge-listen", $"127.0.0.1:{port}", "--tenant-listen", tenantListen, "--no-portal",
            "--edge-max-connections-per-source", "20000", "--log-level", "Error",
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.ErrorDataReceived += (_, line) => Console.Error.WriteLine(line.Data);
        _process.BeginErrorReadLine();
        while (await _process.StandardOutput.ReadLineAsync() is { } said)
        {
            if (said.StartsWith("ready", StringComparison.Ordinal))
            {
                return;
            }
        }

        throw new InvalidOperationException("The server ended before it was ready.");
    }

    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>A subcommand's output.</summary>
    public async Task<string> AskAsync(params string[] arguments)
    {
        using var asked = Process.Start(new ProcessStartInfo(program, [.. arguments, "--data", Data]) { RedirectStandardOutput = true })!;
        var output = await asked.StandardOutput.ReadToEndAsync();
        await asked.WaitForExitAsync();
        return asked.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {asked.ExitCode}: {output}");
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process?.Dispose();
    }

    private double StatusMiB(string field) => long.Parse(
        File.ReadLines($"/proc/{_process!.Id}/status").Single(line => line.StartsWith(field, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Trim(),
        CultureInfo.InvariantCulture) / 1024.0;
}
