using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headgate.Portal.Provider.Gateways;

/// <summary>
/// Reads every gateway's load for <see cref="ThroughputHistory"/>, whether somebody looks or not: who opens the dashboard sees what was before. Its own
/// loop, because the hub rests while no page is open.
/// </summary>
internal sealed class ThroughputSampler(IClusterClient grains, ThroughputHistory history, TimeProvider time, ILogger<ThroughputSampler> logger) : BackgroundService
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_readTimeout = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_period, time);
        var wasRead = true;
        try
        {
            do
            {
                wasRead = await SampleAsync(wasRead, stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The site ends.
        }
    }

    private async Task<bool> SampleAsync(bool wasRead, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_readTimeout);
        try
        {
            history.Observe(await new AllGatewaysQuery().ReadAsync(grains, limit.Token));
            return true;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The bytes are in the next load that can be read. Said once until then.
            if (wasRead)
            {
                GatewayPagesLog.SampleFailed(logger, exception);
            }

            return false;
        }
    }
}
