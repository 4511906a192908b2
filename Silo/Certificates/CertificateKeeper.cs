using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Certificates;

/// <summary>Opens the authority before anything is served, and renews the issuing and the silo's own certificate in time.</summary>
internal sealed class CertificateKeeper(Authority authority, SiloCertificate own, TimeProvider time, ILogger<CertificateKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromHours(6);
    private static readonly TimeSpan s_retry = TimeSpan.FromMinutes(5);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await authority.OpenAsync(cancellationToken);
        own.Renew();
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wait = s_interval;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(wait, time, stoppingToken);
                await authority.OpenAsync(stoppingToken);
                own.Renew();
                wait = s_interval;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // What is open goes on serving: the certificates at hand are valid for weeks yet.
                wait = s_retry;
                CertificateLog.RenewalFailed(logger, exception, wait);
            }
        }
    }
}
