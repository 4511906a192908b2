using Headgate.Protocol;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Problems;
using Headgate.Repository.Access;
using Headgate.Repository.Blobs;

namespace Headgate.Repository.Edge;

/// <summary>Tells the silo every 2 s or so what is free and what the open routes carried.</summary>
internal sealed partial class HeartbeatLoop(
    EdgeSession session,
    AccessBook book,
    ConnectionRegistry connections,
    BlobLayout layout,
    RepositoryMetrics metrics,
    TimeProvider time,
    ILogger<HeartbeatLoop> logger) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);
    private readonly long _epoch = time.GetUtcNow().ToUnixTimeMilliseconds();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var answered = true;
        while (!stoppingToken.IsCancellationRequested)
        {
            var interval = s_interval;
            try
            {
                interval = await BeatAsync(stoppingToken);
                answered = true;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) when (fault is HttpRequestException or ProblemException or IOException)
            {
                metrics.EdgeFailed("heartbeat");
                if (answered)
                {
                    LogFailed(fault.Message);
                }

                answered = false;
            }

            try
            {
                await Task.Delay(interval * (0.9 + (Random.Shared.NextDouble() * 0.2)), time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task<TimeSpan> BeatAsync(CancellationToken token)
    {
        var (capacity, free) = DiskSpace(layout.Root);
        var answer = await session.Client.PostAsync<RepositoryHeartbeat, RepositoryHeartbeatAnswer>(
            EdgeRoutes.RepositoryHeartbeat,
            new RepositoryHeartbeat(
                ProtocolVersion.Current, _epoch, capacity, free, connections.Traffic(name => book.Grant(name) is not null), connections.ByGateway()),
            token);
        book.Heard();
        return TimeSpan.FromSeconds(Math.Clamp(answer.IntervalSeconds, 0.2, 60));
    }

    private static (long Capacity, long Free) DiskSpace(string folder)
    {
        var drive = new DriveInfo(folder);
        return (drive.TotalSize, drive.AvailableFreeSpace);
    }

    [LoggerMessage(411, LogLevel.Warning, "The silo does not answer heartbeats: {Fault}")]
    private partial void LogFailed(string fault);
}
