using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;

namespace Headgate.EndToEnd.Tests;

/// <summary>
/// The root key of a world's authority, out of the server's own folder: makes certificates that the silo would not, such as one that has ended, so that
/// a test need not wait 90 days.
/// </summary>
internal sealed class StolenRoot : IDisposable
{
    private readonly X509Certificate2 _root;

    public StolenRoot(World world)
    {
        var pem = File.ReadAllText(world.PathOf("server", "authority", "root.pem"));
        _root = X509Certificate2.CreateFromEncryptedPem(pem, pem, File.ReadAllText(world.PathOf("server", "operator.secret")).Trim());
    }

    /// <summary>An identity that is right in everything but its time, if that is wrong.</summary>
    public ProgramIdentity Make(CertificateIdentity identity, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        using var issuingKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issuing = new CertificateRequest("CN=issuing of a test", issuingKey, HashAlgorithmName.SHA256);
        issuing.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        issuing.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        issuing.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(issuing.PublicKey, false));
        using var rootKey = _root.GetECDsaPrivateKey()!;
        using var issuingCertificate = issuing.Create(
            _root.SubjectName, X509SignatureGenerator.CreateForECDsa(rootKey), DateTimeOffset.UtcNow.AddDays(-200), DateTimeOffset.UtcNow.AddDays(200), Serial());

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leaf = new CertificateRequest("CN=leaf of a test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(identity.ToUrn()));
        leaf.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        leaf.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        leaf.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        leaf.CertificateExtensions.Add(names.Build());
        using var certificate = leaf.Create(
            issuingCertificate.SubjectName, X509SignatureGenerator.CreateForECDsa(issuingKey), notBefore, notAfter, Serial());

        return new ProgramIdentity(
            key.ExportPkcs8PrivateKeyPem(),
            certificate.ExportCertificatePem() + "\n" + issuingCertificate.ExportCertificatePem(),
            _root.ExportCertificatePem(),
            World.Zone,
            "cc." + World.Zone,
            World.PublicPort);
    }

    public void Dispose() => _root.Dispose();

    private static byte[] Serial() => [0x41, .. RandomNumberGenerator.GetBytes(15)];
}
