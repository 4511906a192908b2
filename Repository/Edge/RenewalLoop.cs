using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;
using Headgate.Repository.Access;

namespace Headgate.Repository.Edge;

/// <summary>Renews the certificate, by a new key, when two thirds of its life are over; tries hourly until it works.</summary>
internal sealed partial class RenewalLoop(
    EdgeSession session,
    ServerCertificates certificates,
    RepositoryOptions options,
    RepositoryMetrics metrics,
    TimeProvider time,
    ILogger<RenewalLoop> logger) : BackgroundService
{
    private static readonly TimeSpan s_period = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                if (time.GetUtcNow() >= certificates.Identity.RenewAt)
                {
                    await RenewAsync(stoppingToken);
                }

                await Task.Delay(s_period * (0.9 + (Random.Shared.NextDouble() * 0.2)), time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task RenewAsync(CancellationToken token)
    {
        var before = certificates.Identity;
        try
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var csr = new CertificateRequest("CN=" + before.Identity.Id, key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
            var answer = await session.Client.PostAsync<RenewalRequest, EnrolmentAnswer>(EdgeRoutes.Renew, new RenewalRequest(csr), token);
            var renewed = new ProgramIdentity(
                key.ExportPkcs8PrivateKeyPem(), answer.Certificate, before.Authority.ExportCertificatePem(), before.Zone, before.Host, before.Port);
            if (renewed.Identity != before.Identity)
            {
                throw new CryptographicException($"The new certificate names {renewed.Identity.ToUrn()}, this repository is {before.Identity.ToUrn()}.");
            }

            renewed.Save(options.DataDirectory);
            certificates.Renew(renewed);
            session.Renew(renewed);
            LogRenewed(renewed.Certificate.NotAfter.ToUniversalTime());
        }
        catch (Exception fault) when (fault is HttpRequestException or ProblemException or CryptographicException or IOException)
        {
            metrics.EdgeFailed("renewal");
            LogFailed(fault.Message, before.Certificate.NotAfter.ToUniversalTime());
        }
    }

    [LoggerMessage(431, LogLevel.Information, "The certificate was renewed; the new one is valid until {NotAfter:u}")]
    private partial void LogRenewed(DateTime notAfter);

    [LoggerMessage(432, LogLevel.Error, "The certificate could not be renewed: {Fault}. The present one is valid until {NotAfter:u}")]
    private partial void LogFailed(string fault, DateTime notAfter);
}
