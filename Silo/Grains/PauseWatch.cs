using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Grains;

/// <summary>Ticks <see cref="SiloStart"/> twice a second, from the silo's start on, and says when it was paused.</summary>
internal sealed partial class PauseWatch(SiloStart start, GrainMetrics metrics, TimeProvider time, ILogger<PauseWatch> logger) : BackgroundService
{
    private static readonly TimeSpan s_every = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_every, time);
        try
        {
            do
            {
                if (start.Tick() is { } pause)
                {
                    metrics.Paused();
                    Paused(logger, pause);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    [LoggerMessage(2123, LogLevel.Warning, "This silo was paused, or its clock was set: {Pause} are missing. Whoever seems silent since is given time to be heard.")]
    private static partial void Paused(ILogger logger, TimeSpan pause);
}
