using System.Diagnostics;

namespace Headgate.Relay.Bench;

/// <summary>Runs programs to their end.</summary>
internal static class Shell
{
    private static readonly TimeSpan s_within = TimeSpan.FromMinutes(3);

    /// <summary>What it printed.</summary>
    /// <exception cref="BenchException">It failed or did not end.</exception>
    public static async Task<string> RunAsync(string program, params IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync().WaitAsync(s_within);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw new BenchException($"{Said()} did not end within {s_within.TotalMinutes:0} minutes.");
        }

        return process.ExitCode == 0 ? await output : throw new BenchException($"{Said()} ended with {process.ExitCode}: {(await error).Trim()} {(await output).Trim()}");

        string Said() => $"{Path.GetFileName(program)} {string.Join(' ', arguments)}";
    }
}
