using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Gateway.Routing;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headgate.Gateway.Heartbeat;

/// <summary>Renews the certificate at two thirds of its life, with a new key; after a failure it tries again every 10 minutes, jittered.</summary>
internal sealed class CertificateRenewal(
    IOptions<GatewayOptions> options, EdgeSilo silo, TimeProvider time, ILogger<CertificateRenewal> log) : BackgroundService
{
    private static readonly TimeSpan s_longestWait = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_retry = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var left = silo.Identity.RenewAt - time.GetUtcNow();
                if (left > TimeSpan.Zero)
                {
                    // In steps, because clocks are set and machines sleep.
                    await Task.Delay(left < s_longestWait ? left : s_longestWait, time, stoppingToken);
                }
                else if (!await TryRenewAsync(stoppingToken))
                {
                    await Task.Delay(s_retry * (0.8 + (0.4 * Random.Shared.NextDouble())), time, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task<bool> TryRenewAsync(CancellationToken cancellationToken)
    {
        var current = silo.Identity;
        try
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var csr = new CertificateRequest("CN=headgate", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
            var issued = await silo.RenewAsync(csr, cancellationToken);
            var next = new ProgramIdentity(
                key.ExportPkcs8PrivateKeyPem(), issued.Certificate, current.Authority.ExportCertificatePem(), issued.Zone, current.Host, current.Port);
            if (next.Identity != current.Identity || next.RenewAt <= time.GetUtcNow())
            {
                GatewayLog.RenewalFails(log, current.Certificate.NotAfter, "the silo answered a certificate for somebody else, or an old one");
                next.Dispose();
                return false;
            }

            next.Save(options.Value.DataFolder);
            silo.Replace(next);
            GatewayLog.Renewed(log, next.Certificate.NotAfter);
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or ProblemException or CryptographicException or IOException or UnauthorizedAccessException)
        {
            GatewayLog.RenewalFails(log, current.Certificate.NotAfter, e.Message);
            return false;
        }
    }
}
