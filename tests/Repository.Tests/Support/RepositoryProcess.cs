using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Headgate.Repository.Tests.Support;

/// <summary>The real program.</summary>
internal sealed partial class RepositoryProcess : IAsyncDisposable
{
    private const int SigTerm = 15;
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RepositoryProcess(Process process) => _process = process;

    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "headgate-repository");

    public int Id => _process.Id;

    public int Port { get; private set; }

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts it and waits until it is ready; <paramref name="wrapper"/> runs it under another program.</summary>
    public static async Task<RepositoryProcess> StartAsync(IEnumerable<string> arguments, params string[] wrapper)
    {
        var command = (string[])[.. wrapper, Program, .. arguments];
        var info = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in command.Skip(1))
        {
            info.ArgumentList.Add(argument);
        }

        var repository = new RepositoryProcess(Process.Start(info)!);
        repository.Listen();
        var line = await repository._ready.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(line.StartsWith("ready headgate-repository 127.0.0.1:", StringComparison.Ordinal), repository.Output);
        repository.Port = int.Parse(line[(line.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
        return repository;
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        await using var repository = new RepositoryProcess(Process.Start(
            new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!);
        repository.Listen();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await repository._process.WaitForExitAsync(deadline.Token);
        return (repository._process.ExitCode, repository.Output);
    }

    public void Kill() => _process.Kill();

    /// <summary>Asks it to end, and returns its exit code.</summary>
    public async Task<int> StopAsync(int? id = null)
    {
        Assert.Equal(0, Signal(id ?? _process.Id, SigTerm));
        return await WaitAsync();
    }

    public async Task<int> WaitAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _process.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    /// <summary>Resident memory now and at its highest, in bytes.</summary>
    public (long Now, long Peak) Memory()
    {
        var lines = File.ReadAllLines($"/proc/{Id}/status");
        long Read(string name) => 1024 * long.Parse(
            lines.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
        return (Read("VmRSS:"), Read("VmHWM:"));
    }

    /// <summary>Processor time so far.</summary>
    public TimeSpan Processor()
    {
        _process.Refresh();
        return _process.TotalProcessorTime;
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

    private void Listen()
    {
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => _ready.TrySetResult("ended");
    }

    private void Take(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }

        if (line?.StartsWith("ready ", StringComparison.Ordinal) == true)
        {
            _ready.TrySetResult(line);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
