using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Headgate.EndToEnd.Tests;

/// <summary>One of our programs as a process that stays up: started until it says <c>ready</c>, stopped by SIGTERM, killed by SIGKILL, frozen by SIGSTOP.</summary>
internal sealed class Daemon : IAsyncDisposable
{
    private readonly string _program;
    private readonly string[] _arguments;
    private readonly ConcurrentQueue<string> _log = new();
    private Process? _process;

    public Daemon(string name, string program, params string[] arguments)
    {
        Name = name;
        _program = program;
        _arguments = arguments;
    }

    public string Name { get; }

    /// <summary>Where it runs, when not on the machine itself.</summary>
    public Namespace? Inside { get; init; }

    /// <summary>Variables beside those of the test.</summary>
    public IReadOnlyDictionary<string, string?>? Environment { get; init; }

    public int Pid => _process!.Id;

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>All it printed, for a failing test.</summary>
    public string Log => $"--- {Name}\n{string.Join('\n', _log.TakeLast(200))}";

    public IEnumerable<string> Lines => _log;

    /// <summary>Starts it (again) and waits for its ready line.</summary>
    public async Task StartAsync()
    {
        Assert.False(IsRunning, $"{Name} runs already.");

        // What is still to come of the process before must not touch this start.
        var ready = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (program, arguments) = Inside?.Enter(_program, _arguments) ?? (_program, _arguments);
        var process = new Process { StartInfo = Tool.Command(program, arguments, Environment), EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) => Take(line.Data, ready);
        process.ErrorDataReceived += (_, line) => Take(line.Data, ready);
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"{Name} ended before it was ready."));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
        try
        {
            await ready.Task.WaitAsync(TimeSpan.FromMinutes(2));
        }
        catch (Exception fault) when (fault is TimeoutException or InvalidOperationException)
        {
            Assert.Fail($"{fault.Message}\n{Log}");
        }
    }

    /// <summary>SIGTERM; answers the exit code.</summary>
    public async Task<int> StopAsync(TimeSpan? deadline = null)
    {
        Signal("TERM");
        using var patience = new CancellationTokenSource(deadline ?? TimeSpan.FromSeconds(90));
        try
        {
            await _process!.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{Name} did not end after SIGTERM.\n{Log}");
        }

        return _process.ExitCode;
    }

    /// <summary>SIGKILL, as a power cut would.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Freezes it; nothing is closed.</summary>
    public void Freeze() => Signal("STOP");

    public void Thaw() => Signal("CONT");

    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
        {
            _process!.Kill();
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", Pid.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    private void Take(string? line, TaskCompletionSource<string> ready)
    {
        if (line is null)
        {
            return;
        }

        _log.Enqueue(line);
        if (line.StartsWith("ready ", StringComparison.Ordinal))
        {
            ready.TrySetResult(line);
        }
    }
}
