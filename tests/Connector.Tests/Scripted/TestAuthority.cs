using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;

namespace Headgate.Connector.Tests.Scripted;

/// <summary>A provider's authority: root, issuing certificate, leaves as the silo writes them.</summary>
internal sealed class TestAuthority : IDisposable
{
    public const string Zone = "demo.test";
    private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _issuingKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;
    private long _serial = 100;

    public TestAuthority()
    {
        Root = Authority("Test root", _rootKey).CreateSelfSigned(_now.AddYears(-3), _now.AddYears(5));
        using var issuing = Authority("Test issuing", _issuingKey).Create(Root, _now.AddYears(-2), _now.AddYears(4), Serial());
        Issuing = issuing.CopyWithPrivateKey(_issuingKey);
    }

    public X509Certificate2 Root { get; }

    public X509Certificate2 Issuing { get; }

    public X509Certificate2 Silo(DateTimeOffset? from = null, DateTimeOffset? to = null) =>
        Leaf(CertificateRole.Silo, "silo1", [$"cc.{Zone}", $"*.{Zone}"], from, to);

    public X509Certificate2 Repository(string id) => Leaf(CertificateRole.Repository, id, [$"*.data.{Zone}", $"*.access.{Zone}"]);

    public X509Certificate2 Leaf(CertificateRole role, string id, string[] names, DateTimeOffset? from = null, DateTimeOffset? to = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issued = Request(new CertificateRequest("CN=" + id, key, HashAlgorithmName.SHA256), role, id, names, from, to);
        using var withKey = issued.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>A connector's identity as enrolment would leave it.</summary>
    public ProgramIdentity Connector(int port, string id = "acme/pc1", DateTimeOffset? from = null, DateTimeOffset? to = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issued = Request(new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256), CertificateRole.Connector, id, [], from, to);
        return new ProgramIdentity(
            key.ExportPkcs8PrivateKeyPem(), Pem(issued), Root.ExportCertificatePem(), Zone, "cc." + Zone, port);
    }

    /// <summary>Answers a signing request with a certificate chain as PEM.</summary>
    public string Sign(string csr, CertificateRole role, string id)
    {
        var request = CertificateRequest.LoadSigningRequestPem(csr, HashAlgorithmName.SHA256);
        using var issued = Request(new CertificateRequest(new X500DistinguishedName("CN=x"), request.PublicKey, HashAlgorithmName.SHA256), role, id, [], null, null);
        return Pem(issued);
    }

    public void Dispose()
    {
        Root.Dispose();
        Issuing.Dispose();
        _rootKey.Dispose();
        _issuingKey.Dispose();
    }

    private string Pem(X509Certificate2 leaf) => leaf.ExportCertificatePem() + "\n" + Issuing.ExportCertificatePem() + "\n";

    private X509Certificate2 Request(
        CertificateRequest request, CertificateRole role, string id, string[] names, DateTimeOffset? from, DateTimeOffset? to)
    {
        var alternative = new SubjectAlternativeNameBuilder();
        alternative.AddUri(new Uri(new CertificateIdentity(role, id).ToUrn()));
        foreach (var name in names)
        {
            alternative.AddDnsName(name);
        }

        request.CertificateExtensions.Add(alternative.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            role == CertificateRole.Connector ? [new Oid("1.3.6.1.5.5.7.3.2")] : [new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        return request.Create(Issuing, from ?? _now.AddHours(-1), to ?? _now.AddDays(90), Serial());
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        return request;
    }

    private byte[] Serial() => BitConverter.GetBytes(Interlocked.Increment(ref _serial)).Reverse().ToArray();
}
