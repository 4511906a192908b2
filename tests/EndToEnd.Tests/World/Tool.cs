using System.Diagnostics;

namespace Headgate.EndToEnd.Tests;

/// <summary>Starts real programs.</summary>
internal static class Tool
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>The environment that finds programs for administrators too, whoever runs the test.</summary>
    public static IReadOnlyDictionary<string, string?> SystemPath { get; } = new Dictionary<string, string?>
    {
        ["PATH"] = Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin",
    };

    public static ProcessStartInfo Command(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        start.Environment["DOTNET_NOLOGO"] = "1";
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        return start;
    }

    /// <summary>Runs a program to its end; past the deadline it is killed and the test fails.</summary>
    public static async Task<Finished> RunAsync(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        byte[]? input = null,
        TimeSpan? deadline = null,
        Namespace? inside = null)
    {
        if (inside is not null)
        {
            (program, arguments) = inside.Enter(program, arguments);
        }

        using var process = Process.Start(Command(program, arguments, environment))!;
        using var patience = new CancellationTokenSource(deadline ?? Patience);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            if (input is not null)
            {
                await WriteAsync(process, input, patience.Token);
            }

            process.StandardInput.Close();
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{Path.GetFileName(program)} {string.Join(' ', arguments)} did not end in time.\n{await output}\n{await error}");
        }

        return new Finished(process.ExitCode, await output, await error);
    }

    /// <summary>Waits until <paramref name="condition"/> holds; past the deadline the test fails with what was last seen.</summary>
    public static async Task UntilAsync(
        Func<Task<bool>> condition, string what, Func<string>? seen = null, TimeSpan? deadline = null, TimeSpan? every = null)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(clock.Elapsed < (deadline ?? TimeSpan.FromSeconds(30)), $"Waited {clock.Elapsed.TotalSeconds:0} s for {what}. {seen?.Invoke()}");
            await Task.Delay(every ?? TimeSpan.FromMilliseconds(50));
        }
    }

    public static Task UntilAsync(Func<bool> condition, string what, Func<string>? seen = null, TimeSpan? deadline = null) =>
        UntilAsync(() => Task.FromResult(condition()), what, seen, deadline);

    private static async Task WriteAsync(Process process, byte[] input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, cancellationToken);
        }
        catch (IOException)
        {
            // It ended without reading.
        }
    }
}
