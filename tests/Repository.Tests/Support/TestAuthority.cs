using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;

namespace Headgate.Repository.Tests.Support;

/// <summary>A provider's authority: root, issuing certificate, leaves.</summary>
internal sealed class TestAuthority : IDisposable
{
    public const string Zone = "demo.test";
    private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _issuingKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestAuthority()
    {
        var now = DateTimeOffset.UtcNow;
        var root = new CertificateRequest("CN=Test root", _rootKey, HashAlgorithmName.SHA256);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        root.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        root.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(root.PublicKey, false));
        Root = root.CreateSelfSigned(now.AddYears(-2), now.AddYears(2));

        var issuing = new CertificateRequest("CN=Test issuing", _issuingKey, HashAlgorithmName.SHA256);
        issuing.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        issuing.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        issuing.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(issuing.PublicKey, false));
        using var signed = issuing.Create(Root, now.AddYears(-2), now.AddYears(2), RandomNumberGenerator.GetBytes(12));
        Issuing = signed.CopyWithPrivateKey(_issuingKey);
    }

    public X509Certificate2 Root { get; }

    public X509Certificate2 Issuing { get; }

    /// <summary>A leaf's certificate as PEM, signed for the public key.</summary>
    public string Sign(PublicKey key, CertificateRole role, string id, DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null)
    {
        var request = new CertificateRequest(new X500DistinguishedName("CN=" + id.Replace('/', ' ')), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(new CertificateIdentity(role, id).ToUrn()));
        if (role == CertificateRole.Repository)
        {
            names.AddDnsName("*.data." + Zone);
            names.AddDnsName("*.access." + Zone);
        }

        if (role == CertificateRole.Silo)
        {
            names.AddDnsName("edge." + Zone);
        }

        var usages = new OidCollection { new("1.3.6.1.5.5.7.3.2") };
        if (role is CertificateRole.Repository or CertificateRole.Silo)
        {
            usages.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usages, false));
        var begin = notBefore ?? DateTimeOffset.UtcNow.AddHours(-1);
        using var leaf = request.Create(Issuing, begin, notAfter ?? begin.AddDays(90), RandomNumberGenerator.GetBytes(12));
        return leaf.ExportCertificatePem() + "\n" + Issuing.ExportCertificatePem();
    }

    /// <summary>A leaf with its key.</summary>
    public ProgramIdentity Issue(
        CertificateRole role, string id, DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null, int port = 9)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = Sign(new PublicKey(key), role, id, notBefore, notAfter);
        return new ProgramIdentity(key.ExportPkcs8PrivateKeyPem(), pem, Root.ExportCertificatePem(), Zone, "127.0.0.1", port);
    }

    public void Dispose()
    {
        Root.Dispose();
        Issuing.Dispose();
        _rootKey.Dispose();
        _issuingKey.Dispose();
    }
}
