using Headgate.Grains;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Grains.Sweeping;

/// <summary>
/// Pokes the sweeper when a tenant's lease of service has ended, which is looked for every 2 s: whoever is served no longer is out within 5 s. After a failure
/// the next look is that of <see cref="SweepClock"/>.
/// </summary>
internal sealed partial class LeaseClock(
    IDbContextFactory<SiloDbContext> contexts, IGrainFactory grains, TimeProvider time, GrainMetrics metrics, ILogger<LeaseClock> logger) : BackgroundService
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_afterFailure = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wait = s_every;
        while (true)
        {
            try
            {
                await Task.Delay(wait, time, stoppingToken);
                if (await IsDueAsync(stoppingToken))
                {
                    await grains.GetGrain<ISweeper>("sweeper").SweepAsync(stoppingToken);
                }
                wait = s_every;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                wait = s_afterFailure;
                metrics.Fault("lease-clock");
                LookFailed(logger, exception, wait);
            }
        }
    }

    private async Task<bool> IsDueAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Tenants.AnyAsync(row => row.LeaseEnds <= now && !row.LeaseClosed, cancellationToken);
    }

    [LoggerMessage(2124, LogLevel.Error, "Ended leases could not be looked for, or not be ended; the next look is in {Wait}")]
    private static partial void LookFailed(ILogger logger, Exception exception, TimeSpan wait);
}
