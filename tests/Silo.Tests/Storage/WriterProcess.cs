using System.Diagnostics;

namespace Headgate.Silo.Tests.Storage;

/// <summary>The program that writes to a database until it is killed (<c>bench/storage</c>), and what it said.</summary>
internal sealed class WriterProcess : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly Task _reading;

    private WriterProcess(Process process)
    {
        _process = process;
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>The names whose write was acknowledged, as far as they have arrived.</summary>
    public IReadOnlyList<string> Acknowledged => Lines(line => !line.StartsWith('-') && line.Contains('-', StringComparison.Ordinal));

    /// <summary>The names whose write failed.</summary>
    public IReadOnlyList<string> Failed => [.. Lines(line => line.StartsWith('-')).Select(line => line[1..])];

    /// <summary>The program.</summary>
    public static string Program => Path.Combine(AppContext.BaseDirectory, "Headgate.Storage.Bench");

    public static WriterProcess Start(string? location, string folder, int writers) =>
        new(Process.Start(new ProcessStartInfo(Program, ["write", location ?? "sqlite", folder, writers.ToString(System.Globalization.CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
        })!);

    /// <summary>Waits until so many writes were acknowledged.</summary>
    public async Task WaitAsync(int acknowledged)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (Acknowledged.Count < acknowledged)
        {
            Assert.False(_process.HasExited, $"The writer ended with {_acknowledgedText()}.");
            await Task.Delay(5, deadline.Token);
        }

        string _acknowledgedText() => $"{Acknowledged.Count} of {acknowledged} writes acknowledged";
    }

    /// <summary>Kills it (<c>kill -9</c>) and takes in what it had said.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        await _reading;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            lock (_lines)
            {
                _lines.Add(line);
            }
        }
    }

    private List<string> Lines(Func<string, bool> which)
    {
        lock (_lines)
        {
            return [.. _lines.Where(which)];
        }
    }
}
