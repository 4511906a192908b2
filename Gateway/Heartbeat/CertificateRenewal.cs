using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Gateway.Routing;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headgate.Gateway.Heartbeat;

/// <summary>
/// Renews the certificate at two thirds of its life, with a new key, and as soon as the silo issues under another root; trusts what roots the silo names. After a
/// failure it tries again every 10 minutes, jittered; every 30 s where it is about roots, for a roll-over waits for it.
/// </summary>
internal sealed class CertificateRenewal(
    IOptions<GatewayOptions> options, EdgeSilo silo, TimeProvider time, ILogger<CertificateRenewal> log) : BackgroundService
{
    private static readonly TimeSpan s_longestWait = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_retry = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_retryNews = TimeSpan.FromSeconds(30);

    // A switch reaches every gateway within a second; all of them at once would be a flood of signatures.
    private static readonly TimeSpan s_spread = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var left = silo.Identity.RenewAt - time.GetUtcNow();
                var need = silo.Need;
                if (need == AuthorityNeed.None && left > TimeSpan.Zero)
                {
                    // In steps, because clocks are set and machines sleep.
                    await WaitAsync(left < s_longestWait ? left : s_longestWait, stoppingToken);
                    continue;
                }

                var root = silo.Identity.Trusts[0];
                var isDue = left <= TimeSpan.Zero || need == AuthorityNeed.Renew;
                if (need == AuthorityNeed.Renew)
                {
                    await Task.Delay(s_spread * Random.Shared.NextDouble(), time, stoppingToken);
                }

                // A certificate of the same root again: another silo of the provider has not followed yet.
                var done = isDue ? await TryRenewAsync(stoppingToken) : await TryTrustAsync(stoppingToken);
                if (!done || (need == AuthorityNeed.Renew && silo.Identity.Trusts[0] == root))
                {
                    await Task.Delay((need == AuthorityNeed.None ? s_retry : s_retryNews) * (0.8 + (0.4 * Random.Shared.NextDouble())), time, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task WaitAsync(TimeSpan wait, CancellationToken stoppingToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var waited = Task.Delay(wait, time, ended.Token);
        await Task.WhenAny(waited, silo.News);
        await ended.CancelAsync();
        await waited.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stoppingToken.ThrowIfCancellationRequested();
    }

    private async Task<bool> TryTrustAsync(CancellationToken cancellationToken)
    {
        try
        {
            var current = silo.Identity;
            var next = current.Trusting(await silo.AuthoritiesAsync(cancellationToken));
            next.Save(options.Value.DataFolder);
            silo.Replace(next);
            GatewayLog.Trusts(log, string.Join(", ", next.Trusts));
            return true;
        }
        catch (Exception e) when (IsExpected(e))
        {
            GatewayLog.TrustFails(log, e.Message);
            return false;
        }
    }

    private async Task<bool> TryRenewAsync(CancellationToken cancellationToken)
    {
        var current = silo.Identity;
        try
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var csr = new CertificateRequest("CN=headgate", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
            var next = current.Renewed(key, await silo.RenewAsync(csr, cancellationToken));
            if (next.RenewAt <= time.GetUtcNow())
            {
                GatewayLog.RenewalFails(log, current.Certificate.NotAfter, "the silo answered a certificate that is old already");
                next.Dispose();
                return false;
            }

            next.Save(options.Value.DataFolder);
            silo.Replace(next);
            GatewayLog.Renewed(log, next.Certificate.NotAfter);
            return true;
        }
        catch (Exception e) when (IsExpected(e))
        {
            GatewayLog.RenewalFails(log, current.Certificate.NotAfter, e.Message);
            return false;
        }
    }

    private static bool IsExpected(Exception e) =>
        e is HttpRequestException or ProblemException or CryptographicException or IOException or UnauthorizedAccessException;
}
