using Headgate.Grains;
using Headgate.Protocol.Naming;

namespace Headgate.Silo.Certificates;

/// <summary>
/// Issues leaf certificates of the SP's authority. Name, use and role are written here; of a requester only the public key is taken.
/// Local and fast (one P-256 signature); safe for concurrent use.
/// </summary>
internal interface ICertificateIssuer
{
    /// <summary><c>base32(SHA-256(root, DER))</c>: what enrolment codes name.</summary>
    string Fingerprint { get; }

    /// <summary>A leaf for <paramref name="identity"/> over <paramref name="publicKey"/> (SubjectPublicKeyInfo, DER; P-256, P-384 or RSA of 2048 bits and more).</summary>
    /// <exception cref="RefusedException">The key is not one that is taken.</exception>
    IssuedCertificate Issue(CertificateIdentity identity, ReadOnlySpan<byte> publicKey);
}
