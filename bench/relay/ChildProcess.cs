using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Headgate.Relay.Bench;

/// <summary>A program that runs until it is disposed of. What it says goes to a file.</summary>
internal sealed partial class ChildProcess : IDisposable
{
    private const int Terminate = 15;
    private static readonly TimeSpan s_readyWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_politeFor = TimeSpan.FromMilliseconds(500);
    private readonly Process _process;
    private readonly string _name;
    private readonly string _logFile;
    private readonly StreamWriter _log;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(string name, string logFile, string program, IEnumerable<string> arguments)
    {
        _name = name;
        _logFile = logFile;
        _log = new StreamWriter(logFile, append: true) { AutoFlush = true };
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true },
            EnableRaisingEvents = true,
        };
        _process.OutputDataReceived += Said;
        _process.ErrorDataReceived += Said;
        _process.Exited += (_, _) => _ready.TrySetException(new BenchException($"{name} ended with {_process.ExitCode}; see {logFile}:\n{Tail(logFile)}"));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    /// <summary>Lines that it said.</summary>
    public IReadOnlyList<string> Log => [.. File.ReadLines(_logFile)];

    /// <summary>Starts it and waits until a line begins with <paramref name="ready"/>.</summary>
    public static async Task<ChildProcess> StartAsync(string name, string logFile, string ready, string program, params string[] arguments)
    {
        var child = new ChildProcess(name, logFile, program, arguments) { Ready = ready };
        try
        {
            await child._ready.Task.WaitAsync(s_readyWithin);
            return child;
        }
        catch
        {
            child.Dispose();
            throw;
        }
    }

    /// <summary>Starts it and waits until something takes connections on that port of 127.0.0.1.</summary>
    public static async Task<ChildProcess> StartAsync(string name, string logFile, int port, string program, params string[] arguments)
    {
        var child = new ChildProcess(name, logFile, program, arguments);
        try
        {
            var listening = Listening.WaitAsync(port, s_readyWithin);
            await await Task.WhenAny(listening, child._ready.Task);
            return child;
        }
        catch
        {
            child.Dispose();
            throw;
        }
    }

    private string? Ready { get; init; }

    /// <exception cref="BenchException">It has ended.</exception>
    public void MustBeAlive()
    {
        if (_process.HasExited)
        {
            throw new BenchException($"{_name} ended with {_process.ExitCode}.");
        }
    }

    public void Dispose()
    {
        try
        {
            // Asked first: a master takes its workers along. What drains instead is killed.
            _ = kill(_process.Id, Terminate);
            if (!_process.WaitForExit(s_politeFor))
            {
                _process.Kill();
                _process.WaitForExit();
            }
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended already.
        }

        _process.Dispose();
        lock (_log)
        {
            _log.Dispose();
        }
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);

    private static string Tail(string file) => string.Join('\n', File.ReadLines(file).TakeLast(20));

    private void Said(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null)
        {
            return;
        }

        lock (_log)
        {
            if (_log.BaseStream is { CanWrite: true })
            {
                _log.WriteLine(line.Data);
            }
        }

        if (Ready is not null && line.Data.StartsWith(Ready, StringComparison.Ordinal))
        {
            _ready.TrySetResult();
        }
    }
}
