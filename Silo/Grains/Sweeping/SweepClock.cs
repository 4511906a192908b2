using Headgate.Grains;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Grains.Sweeping;

/// <summary>Pokes the sweeper every 15 s, jittered; after failures less and less often, up to every 5 minutes.</summary>
internal sealed partial class SweepClock(IGrainFactory grains, TimeProvider time, GrainMetrics metrics, ILogger<SweepClock> logger) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_maxInterval = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wait = s_interval;
        while (true)
        {
            try
            {
                await Task.Delay(wait * (0.8 + (Random.Shared.NextDouble() * 0.4)), time, stoppingToken);
                await grains.GetGrain<ISweeper>("sweeper").SweepAsync(stoppingToken);
                wait = s_interval;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                wait = wait * 2 < s_maxInterval ? wait * 2 : s_maxInterval;
                metrics.Fault("sweep");
                SweepFailed(logger, exception, wait);
            }
        }
    }

    [LoggerMessage(2061, LogLevel.Error, "The sweep failed; the next one is in about {Wait}")]
    private static partial void SweepFailed(ILogger logger, Exception exception, TimeSpan wait);
}
