using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Enrolment;

namespace Headgate.Silo.Certificates;

/// <summary>A root that is trusted.</summary>
/// <param name="Generation">1 for the first; each next root has one more than the highest.</param>
/// <param name="State">What it is for.</param>
/// <param name="Certificate">The certificate, without a private key.</param>
internal sealed record TrustedRoot(int Generation, RootState State, X509Certificate2 Certificate)
{
    /// <summary><c>base32(SHA-256(DER))</c>.</summary>
    public string Fingerprint { get; } = AuthorityTrust.Fingerprint(Certificate);
}
