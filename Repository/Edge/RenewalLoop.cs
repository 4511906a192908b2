using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;
using Headgate.Repository.Access;

namespace Headgate.Repository.Edge;

/// <summary>
/// Renews the certificate, by a new key, when two thirds of its life are over, and as soon as the silo issues under another root; trusts what roots the silo
/// names. Tries hourly until it works; every 30 s where it is about roots, for a roll-over waits for it.
/// </summary>
internal sealed partial class RenewalLoop(
    EdgeSession session,
    ServerCertificates certificates,
    RepositoryOptions options,
    RepositoryMetrics metrics,
    TimeProvider time,
    ILogger<RenewalLoop> logger) : BackgroundService
{
    private static readonly TimeSpan s_period = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_retryNews = TimeSpan.FromSeconds(30);

    // A switch reaches every repository within seconds; all of them at once would be a flood of signatures.
    private static readonly TimeSpan s_spread = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var need = AuthorityNews.NeedOf(certificates.Identity, session.Client.Announced);
                var root = certificates.Identity.Trusts[0];
                var done = true;
                if (need == AuthorityNeed.Renew)
                {
                    await Task.Delay(s_spread * Random.Shared.NextDouble(), time, stoppingToken);
                    done = await RenewAsync(stoppingToken) && certificates.Identity.Trusts[0] != root;
                }
                else if (time.GetUtcNow() >= certificates.Identity.RenewAt)
                {
                    await RenewAsync(stoppingToken);
                }
                else if (need == AuthorityNeed.Fetch)
                {
                    done = await TrustAsync(stoppingToken);
                }

                // News that could not be acted upon are no reason to wake up at once again.
                await WaitAsync(done ? s_period : s_retryNews, done ? session.Client.News : null, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task WaitAsync(TimeSpan period, Task? news, CancellationToken stoppingToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var waited = Task.Delay(period * (0.9 + (Random.Shared.NextDouble() * 0.2)), time, ended.Token);
        await Task.WhenAny(waited, news ?? waited);
        await ended.CancelAsync();
        await waited.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stoppingToken.ThrowIfCancellationRequested();
    }

    private async Task<bool> TrustAsync(CancellationToken token)
    {
        try
        {
            Take(certificates.Identity.Trusting(await session.Client.AuthoritiesAsync(token)));
            LogTrusts(string.Join(", ", certificates.Identity.Trusts));
            return true;
        }
        catch (Exception fault) when (IsExpected(fault))
        {
            metrics.EdgeFailed("authorities");
            LogTrustFailed(fault.Message);
            return false;
        }
    }

    private async Task<bool> RenewAsync(CancellationToken token)
    {
        var before = certificates.Identity;
        try
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var csr = new CertificateRequest("CN=" + before.Identity.Id, key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
            var answer = await session.Client.PostAsync<RenewalRequest, EnrolmentAnswer>(EdgeRoutes.Renew, new RenewalRequest(csr), token);
            var renewed = before.Renewed(key, answer);
            Take(renewed);
            LogRenewed(renewed.Certificate.NotAfter.ToUniversalTime());
            return true;
        }
        catch (Exception fault) when (IsExpected(fault))
        {
            metrics.EdgeFailed("renewal");
            LogFailed(fault.Message, before.Certificate.NotAfter.ToUniversalTime());
            return false;
        }
    }

    private void Take(ProgramIdentity next)
    {
        next.Save(options.DataDirectory);
        certificates.Renew(next);
        session.Renew(next);
    }

    private static bool IsExpected(Exception fault) =>
        fault is HttpRequestException or ProblemException or CryptographicException or IOException or UnauthorizedAccessException;

    [LoggerMessage(433, LogLevel.Information, "Trusting the provider's authorities {Fingerprints}")]
    private partial void LogTrusts(string fingerprints);

    [LoggerMessage(434, LogLevel.Warning, "The provider names other authorities, which could not be taken over: {Fault}")]
    private partial void LogTrustFailed(string fault);

    [LoggerMessage(431, LogLevel.Information, "The certificate was renewed; the new one is valid until {NotAfter:u}")]
    private partial void LogRenewed(DateTime notAfter);

    [LoggerMessage(432, LogLevel.Error, "The certificate could not be renewed: {Fault}. The present one is valid until {NotAfter:u}")]
    private partial void LogFailed(string fault, DateTime notAfter);
}
