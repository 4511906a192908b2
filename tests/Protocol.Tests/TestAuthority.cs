using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;

namespace Headgate.Protocol.Tests;

/// <summary>An authority of the test's own: root, issuing certificate, leaves with what a test asks for.</summary>
internal sealed class TestAuthority
{
    private readonly X509Certificate2 _issuer;

    public TestAuthority()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test root", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-400), DateTimeOffset.UtcNow.AddDays(400));

        var issuingKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issuing = new CertificateRequest("CN=Test issuing", issuingKey, HashAlgorithmName.SHA256);
        issuing.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _issuer = issuing
            .Create(Root, DateTimeOffset.UtcNow.AddDays(-300), DateTimeOffset.UtcNow.AddDays(300), RandomNumberGenerator.GetBytes(8))
            .CopyWithPrivateKey(issuingKey);
        Issuing = X509CertificateLoader.LoadCertificate(_issuer.RawData);
        Root = X509CertificateLoader.LoadCertificate(Root.RawData);
    }

    public X509Certificate2 Root { get; }

    public X509Certificate2 Issuing { get; }

    public X509Certificate2 Issue(ECDsa key, string[] urns, string[] names, DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null)
    {
        var request = new CertificateRequest("CN=leaf", key, HashAlgorithmName.SHA256);
        var subjectNames = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            subjectNames.AddDnsName(name);
        }

        foreach (var urn in urns)
        {
            subjectNames.AddUri(new Uri(urn));
        }

        request.CertificateExtensions.Add(subjectNames.Build());
        using var leaf = request.Create(
            _issuer,
            notBefore ?? DateTimeOffset.UtcNow.AddHours(-1),
            notAfter ?? DateTimeOffset.UtcNow.AddDays(1),
            RandomNumberGenerator.GetBytes(8));
        return X509CertificateLoader.LoadPkcs12(leaf.CopyWithPrivateKey(key).Export(X509ContentType.Pkcs12), null);
    }

    public X509Certificate2 Issue(CertificateIdentity identity, params string[] names) =>
        Issue(ECDsa.Create(ECCurve.NamedCurves.nistP256), [identity.ToUrn()], names);

    /// <summary>A leaf and the issuing certificate as PEM, for a key that only its owner has.</summary>
    public string Sign(PublicKey key, SubjectAlternativeNameBuilder names)
    {
        var request = new CertificateRequest(new X500DistinguishedName("CN=leaf"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        using var leaf = request.Create(
            _issuer.SubjectName,
            X509SignatureGenerator.CreateForECDsa(_issuer.GetECDsaPrivateKey()!),
            DateTimeOffset.UtcNow.AddHours(-1),
            DateTimeOffset.UtcNow.AddDays(1),
            RandomNumberGenerator.GetBytes(8));
        return leaf.ExportCertificatePem() + "\n" + Issuing.ExportCertificatePem();
    }

    public string Fingerprint => AuthorityTrust.Fingerprint(Root);
}
