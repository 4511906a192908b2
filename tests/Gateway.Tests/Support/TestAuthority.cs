using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;

namespace Headgate.Gateway.Tests.Support;

/// <summary>A root, an issuing certificate, and leaves as the silo writes them.</summary>
internal sealed class TestAuthority : IDisposable
{
    public const string Zone = "demo.test";

    private static readonly Oid s_serverAuth = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid s_clientAuth = new("1.3.6.1.5.5.7.3.2");

    public TestAuthority()
    {
        Root = Authority("CN=Test root", null);
        Issuing = Authority("CN=Test issuing", Root);
    }

    public X509Certificate2 Root { get; }

    public X509Certificate2 Issuing { get; }

    public ProgramIdentity Gateway(string id, int port, TimeSpan? life = null) => Identity(CertificateRole.Gateway, id, port, life);

    /// <summary>What a program has on disk after enrolling at 127.0.0.1:<paramref name="port"/>.</summary>
    public ProgramIdentity Identity(CertificateRole role, string id, int port, TimeSpan? life = null, params string[] dnsNames)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = CertificatePem(new CertificateIdentity(role, id), key, life, dnsNames);
        return new ProgramIdentity(key.ExportPkcs8PrivateKeyPem(), pem, Root.ExportCertificatePem(), Zone, "127.0.0.1", port);
    }

    /// <summary>Leaf and issuing certificate for somebody else's key.</summary>
    public string CertificatePem(CertificateIdentity identity, ECDsa key, TimeSpan? life = null, params string[] dnsNames) =>
        CertificatePem(identity, new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256), life, dnsNames);

    public string CertificatePem(CertificateIdentity identity, string csrPem, TimeSpan? life = null) => CertificatePem(
        identity,
        new CertificateRequest(new X500DistinguishedName("CN=test"), CertificateRequest.LoadSigningRequestPem(csrPem, HashAlgorithmName.SHA256).PublicKey, HashAlgorithmName.SHA256),
        life);

    public void Dispose()
    {
        Root.Dispose();
        Issuing.Dispose();
    }

    private string CertificatePem(CertificateIdentity identity, CertificateRequest request, TimeSpan? life, params string[] dnsNames)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(identity.ToUrn()));
        foreach (var name in dnsNames)
        {
            names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([s_serverAuth, s_clientAuth], true));
        var from = DateTimeOffset.UtcNow.AddHours(-1);
        using var leaf = request.Create(Issuing, from, life is { } span ? DateTimeOffset.UtcNow + span : from.AddDays(90), RandomNumberGenerator.GetBytes(8));
        return leaf.ExportCertificatePem() + "\n" + Issuing.ExportCertificatePem();
    }

    private static X509Certificate2 Authority(string subject, X509Certificate2? issuer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), issuer?.NotAfter ?? DateTimeOffset.UtcNow.AddDays(365));
        if (issuer is null)
        {
            return request.CreateSelfSigned(from, to);
        }

        using var issued = request.Create(issuer, from, to, RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }
}
