using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Connector.Commands;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;

namespace Headgate.Connector.Bootstrap;

/// <summary>
/// Renews this machine's certificate, by a new key, once two thirds of its life are over. It is tried at the beginning of a run, so a machine that backs up
/// at least once a month never notices; one that fails is said and tried again by the next run, for the present certificate is still good.
/// </summary>
internal sealed class Renewal(StateFolder folder, TimeProvider time)
{
    private const string LockFile = "renewal.lock";

    private static readonly FileStreamOptions s_alone = Alone();

    /// <summary>Whether <paramref name="identity"/> is due.</summary>
    public bool IsDue(ProgramIdentity identity) => time.GetUtcNow() >= identity.RenewAt;

    /// <summary>Renews over <paramref name="api"/>; true when the folder holds a newer identity than <paramref name="present"/>.</summary>
    public async Task<bool> TryAsync(ProgramIdentity present, TenantApiClient api, Action<string> say, CancellationToken token)
    {
        try
        {
            // Two runs that begin together would each replace the other's certificate.
            using var one = new FileStream(Path.Combine(folder.Path, LockFile), s_alone);
            using (var stored = folder.LoadIdentity())
            {
                if (!IsDue(stored))
                {
                    return true;
                }
            }

            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var csr = new CertificateRequest("CN=headgate", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
            var answer = await api.RenewAsync(new RenewalRequest(csr), token);
            using var renewed = new ProgramIdentity(
                key.ExportPkcs8PrivateKeyPem(), answer.Certificate, present.Authority.ExportCertificatePem(), present.Zone, present.Host, present.Port);
            if (renewed.Identity != present.Identity)
            {
                throw new CryptographicException($"The new certificate names {renewed.Identity.ToUrn()}, this machine is {present.Identity.ToUrn()}.");
            }

            renewed.Save(folder.Path);
            return true;
        }
        catch (Exception e) when (e is ProblemException or ConnectorFailureException or CryptographicException or IOException or UnauthorizedAccessException)
        {
            say($"the certificate is due for renewal and could not be renewed: {e.Message} The next run tries again; {TlsDialer.ClockSentence(present.Certificate, time)}.");
            return false;
        }
    }

    private static FileStreamOptions Alone()
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
