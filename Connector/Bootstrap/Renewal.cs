using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Connector.Commands;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;

namespace Headgate.Connector.Bootstrap;

/// <summary>
/// Renews this machine's certificate, by a new key, once two thirds of its life are over or the provider issues under another root, and takes over the roots that
/// the provider names. It is tried at the beginning of a run and after any answer, so a machine that backs up at least once a month never notices; one that
/// fails is said and tried again later, for the present certificate is still good.
/// </summary>
internal sealed class Renewal(StateFolder folder, TimeProvider time)
{
    private const string LockFile = "renewal.lock";
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(30);

    private int _busy;
    private long? _failedAt;

    /// <summary>Whether something is to be done for <paramref name="identity"/> when the provider named <paramref name="announced"/>.</summary>
    public bool IsDue(ProgramIdentity identity, IReadOnlyList<string> announced) =>
        time.GetUtcNow() >= identity.RenewAt || AuthorityNews.NeedOf(identity, announced) != AuthorityNeed.None;

    /// <summary>Does what is due over <paramref name="api"/>; the identity that the folder holds then, or null where nothing was due or done. Not more often than each 30 s after a failure.</summary>
    public async Task<ProgramIdentity?> TryAsync(ProgramIdentity present, TenantApiClient api, Action<string> say, CancellationToken token)
    {
        // What is asked here gets answers too, after which nothing is to begin anew.
        if (!IsDue(present, api.Announced) || Interlocked.Exchange(ref _busy, 1) == 1)
        {
            return null;
        }

        try
        {
            if (_failedAt is { } failed && time.GetElapsedTime(failed) < s_retry)
            {
                return null;
            }

            var next = await DoAsync(present, api, token);
            _failedAt = next is null ? time.GetTimestamp() : null;
            return next;
        }
        catch (Exception e) when (e is ProblemException or ConnectorFailureException or CryptographicException or IOException or UnauthorizedAccessException)
        {
            _failedAt = time.GetTimestamp();
            say($"the certificate is due for renewal and could not be renewed: {e.Message} The next run tries again; {TlsDialer.ClockSentence(present.Certificate, time)}.");
            return null;
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    private async Task<ProgramIdentity?> DoAsync(ProgramIdentity present, TenantApiClient api, CancellationToken token)
    {
        // Two runs that begin together would each replace the other's certificate.
        using var one = OwnerFile.TryLock(Path.Combine(folder.Path, LockFile));
        if (one is null)
        {
            return null;
        }

        var stored = folder.LoadIdentity();
        if (!stored.Certificate.RawDataMemory.Span.SequenceEqual(present.Certificate.RawDataMemory.Span))
        {
            // Another run renewed it. What is still due is asked for with that one, after the next answer.
            return stored;
        }

        var need = AuthorityNews.NeedOf(stored, api.Announced);
        if (time.GetUtcNow() >= stored.RenewAt || need == AuthorityNeed.Renew)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var csr = new CertificateRequest("CN=headgate", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
            return Keep(stored, stored.Renewed(key, await api.RenewAsync(new RenewalRequest(csr), token)));
        }

        return need == AuthorityNeed.Fetch ? Keep(stored, stored.Trusting(await api.AuthoritiesAsync(token))) : stored;
    }

    private ProgramIdentity Keep(ProgramIdentity stored, ProgramIdentity next)
    {
        using (stored)
        {
            next.Save(folder.Path);
            return next;
        }
    }
}
