using System.Diagnostics;
using System.Text.Json;
using Headgate.Gateway.Draining;
using Headgate.Gateway.Limits;
using Headgate.Gateway.Listening;
using Headgate.Gateway.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headgate.Gateway.Heartbeat;

/// <summary>
/// Writes the counters to <c>status.json</c> in the data folder, for <c>headgate-gateway status</c>. After a crash the last counters are still there;
/// whether they are of a living process is told by its id and start time.
/// </summary>
internal sealed class StatusFile(
    IOptions<GatewayOptions> options,
    GatewayIdentity identity,
    GatewayCounters counters,
    RouteTable table,
    ListenerSupervisor listeners,
    DrainWatch drain,
    DescriptorBudget budget,
    TimeProvider time,
    ILogger<StatusFile> log) : BackgroundService
{
    /// <summary>How often it is written.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private static readonly TimeSpan s_startTolerance = TimeSpan.FromSeconds(2);

    private readonly int _pid = Environment.ProcessId;
    private readonly string _path = PathIn(options.Value.DataFolder);
    private bool _failing;

    /// <summary>Where the file lies.</summary>
    public static string PathIn(string dataFolder) => Path.Combine(dataFolder, "status.json");

    /// <summary>The last status in <paramref name="dataFolder"/>, or null when there is none. <see cref="GatewayStatus.Running"/> is true only for a living process.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="JsonException">It is not a status.</exception>
    public static GatewayStatus? Read(string dataFolder)
    {
        var path = PathIn(dataFolder);
        if (!File.Exists(path))
        {
            return null;
        }

        var status = JsonSerializer.Deserialize(File.ReadAllBytes(path), GatewayJson.Default.GatewayStatus);
        return status is null ? null : status with { Running = status.Running && IsAlive(status) };
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await WriteAsync(isRunning: false, CancellationToken.None);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ticks = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                await WriteAsync(isRunning: true, stoppingToken);
            }
            while (await ticks.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private static bool IsAlive(GatewayStatus status)
    {
        try
        {
            using var process = Process.GetProcessById(status.Pid);
            var epoch = DateTimeOffset.FromUnixTimeMilliseconds(status.Epoch);

            // The process started before it began to count; another one with the same id started after.
            return !process.HasExited && process.StartTime.ToUniversalTime() <= epoch.UtcDateTime + s_startTolerance;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private async Task WriteAsync(bool isRunning, CancellationToken cancellationToken)
    {
        var status = new GatewayStatus(
            identity.Id,
            GatewayVersion.Current,
            isRunning,
            _pid,
            counters.Epoch,
            time.GetUtcNow(),
            [.. listeners.Listening.Select(endPoint => endPoint.ToString())],
            table.Wanted.ToString(),
            drain.Progress,
            table.Silence is { } silence ? Math.Round(silence.TotalSeconds, 1) : null,
            table.RouteCount,
            counters.Active,
            counters.Accepted,
            counters.Relayed,
            counters.BytesUp,
            counters.BytesDown,
            counters.ResetByDrain,
            budget.Limit is { } limit ? new DescriptorUse(limit, DescriptorLimit.Needed(options.Value.MaxConnections), budget.Capacity, budget.Taken, budget.MayAccept, budget.Pauses) : null,
            counters.Refused());
        try
        {
            await AtomicFile.WriteAsync(
                _path, stream => JsonSerializer.SerializeAsync(stream, status, GatewayJson.Default.GatewayStatus, cancellationToken), Mode, cancellationToken);
            _failing = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_failing)
            {
                _failing = true;
                GatewayLog.FileNotWritten(log, _path, e.Message);
            }
        }
    }
}
