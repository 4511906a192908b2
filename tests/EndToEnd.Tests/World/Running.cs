using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Headgate.EndToEnd.Tests;

/// <summary>A program with an end of its own, watched while it runs.</summary>
internal sealed class Running : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _error = new();

    private Running(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Take(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Take(_error, line.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Pid => _process.Id;

    public bool HasEnded => _process.HasExited;

    /// <summary>All it printed so far.</summary>
    public string Said => string.Join('\n', _output.Concat(_error));

    public static Running Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, Namespace? inside = null)
    {
        (program, arguments) = inside?.Enter(program, arguments) ?? (program, arguments);
        return new Running(new Process { StartInfo = Tool.Command(program, arguments, environment) });
    }

    /// <summary>Waits until a line holds <paramref name="text"/>.</summary>
    public Task UntilSaysAsync(string text, TimeSpan? deadline = null) => Tool.UntilAsync(
        () => _output.Concat(_error).Any(line => line.Contains(text, StringComparison.OrdinalIgnoreCase)), $"'{text}' being said", () => Said, deadline);

    /// <summary>SIGINT, as Ctrl-C in a terminal that has only this program in its foreground.</summary>
    public void Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", Pid.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>SIGKILL to this process alone: its children live on, even when this is disposed of next, for it is dead by then.</summary>
    public void Kill()
    {
        _process.Kill();
        Assert.True(_process.WaitForExit(Tool.Patience), $"{_process.StartInfo.FileName} outlived its SIGKILL.");
    }

    /// <summary>Process ids of its children, whichever of its threads started them.</summary>
    public IReadOnlyList<int> Children() =>
        [.. from thread in Directory.GetDirectories($"/proc/{Pid}/task")
            from id in ChildrenOf(thread).Split(' ', StringSplitOptions.RemoveEmptyEntries)
            select int.Parse(id, CultureInfo.InvariantCulture)];

    /// <summary>Waits for its end; past the deadline it is killed and the test fails.</summary>
    public async Task<Finished> EndAsync(TimeSpan? deadline = null)
    {
        using var patience = new CancellationTokenSource(deadline ?? Tool.Patience);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            Assert.Fail($"{_process.StartInfo.FileName} did not end in time.\n{Said}");
        }

        return new Finished(_process.ExitCode, string.Join('\n', _output), string.Join('\n', _error));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static string ChildrenOf(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "children"));
        }
        catch (IOException)
        {
            // It ended meanwhile.
            return "";
        }
    }

    private static void Take(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
        }
    }
}
