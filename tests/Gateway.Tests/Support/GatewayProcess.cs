using System.Diagnostics;
using System.Net;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace Headgate.Gateway.Tests.Support;

/// <summary>The real program, as an operator starts it.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly Task _reading;

    private GatewayProcess(Process process)
    {
        _process = process;
        _reading = ReadErrorAsync();
    }

    public static string Path { get; } = System.IO.Path.Combine(Folder(), OperatingSystem.IsWindows() ? "headgate-gateway.exe" : "headgate-gateway");

    public int Id => _process.Id;

    /// <summary>Standard error so far.</summary>
    public string Said
    {
        get { lock (_said) { return _said.ToString(); } }
    }

    public static GatewayProcess Start(params string[] arguments) => StartProgram(Path, arguments);

    public static GatewayProcess StartProgram(string program, params string[] arguments) => new(Process.Start(new ProcessStartInfo(program, arguments)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!);

    /// <summary>The longest limits for hellos and dials, unless <paramref name="options"/> have their own: a busy machine is no slow client.</summary>
    public static IEnumerable<string> PatientBesides(string[] options) =>
        ((string[])["--hello-timeout", "--dial-timeout"]).Except(options, StringComparer.Ordinal).SelectMany(limit => (string[])[limit, "60"]);

    /// <summary>Runs to the end: exit code, standard output, standard error.</summary>
    public static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        await using var process = Start(arguments);
        var output = await process._process.StandardOutput.ReadToEndAsync().WaitAsync(Eventually.Deadline);
        return (await process.EndAsync(), output, process.Said);
    }

    /// <summary>Where it listens, from the line it prints when it does.</summary>
    public async Task<IPEndPoint> ReadyAsync()
    {
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Eventually.Deadline);
        Assert.True(line?.StartsWith("ready headgate-gateway ", StringComparison.Ordinal) == true, $"It printed '{line}' and said: {Said}");
        return IPEndPoint.Parse(line!.Split(' ')[2]);
    }

    /// <summary>Waits until it has said that; its log comes behind what it does.</summary>
    public Task SaidAsync(string text) => Eventually.TrueAsync(() => Said.Contains(text, StringComparison.Ordinal), () => Said);

    public void Kill() => _process.Kill();

    public void Signal(PosixSignal signal)
    {
        using var kill = Process.Start("kill", [signal == PosixSignal.SIGTERM ? "-TERM" : "-INT", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Eventually.Deadline);
        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
    }

    private static string Folder() =>
        typeof(GatewayProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == "GatewayFolder").Value!;

    private async Task ReadErrorAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_said)
            {
                _said.AppendLine(line);
            }
        }
    }
}
