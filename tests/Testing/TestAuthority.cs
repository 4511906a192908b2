using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;

namespace Headgate.Testing;

/// <summary>A provider's authority: root, issuing certificate, leaves as the silo writes them and leaves that it never would.</summary>
public sealed class TestAuthority : IDisposable
{
    /// <summary>The provider's zone.</summary>
    public const string Zone = "demo.test";

    private static readonly Oid s_serverAuth = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid s_clientAuth = new("1.3.6.1.5.5.7.3.2");
    private readonly ECDsa _rootKey = NewKey();
    private readonly ECDsa _issuingKey = NewKey();

    public TestAuthority()
    {
        var now = DateTimeOffset.UtcNow;
        Root = Authority("Test root", _rootKey).CreateSelfSigned(now.AddYears(-3), now.AddYears(5));
        using var issuing = Authority("Test issuing", _issuingKey).Create(Root, now.AddYears(-2), now.AddYears(4), Serial());
        Issuing = issuing.CopyWithPrivateKey(_issuingKey);
    }

    /// <summary>The root, with its key.</summary>
    public X509Certificate2 Root { get; }

    /// <summary>What signs leaves, with its key.</summary>
    public X509Certificate2 Issuing { get; }

    /// <summary>The root's, as enrolment codes carry it.</summary>
    public string Fingerprint => AuthorityTrust.Fingerprint(Root);

    /// <summary>What a program has after enrolling at 127.0.0.1:<paramref name="port"/>. Default life: 90 days, one hour of them gone.</summary>
    public ProgramIdentity Issue(CertificateRole role, string id, DateTimeOffset? from = null, DateTimeOffset? to = null, int port = 9) =>
        Enrolled(role, id, "127.0.0.1", port, from, to);

    /// <summary>What a connector has after enrolling at the public name.</summary>
    public ProgramIdentity Connector(int port, string id = "acme/pc1", DateTimeOffset? from = null, DateTimeOffset? to = null) =>
        Enrolled(CertificateRole.Connector, id, "cc." + Zone, port, from, to);

    /// <summary>A silo's leaf, with its key.</summary>
    public X509Certificate2 Silo(DateTimeOffset? from = null, DateTimeOffset? to = null) => WithKey(CertificateRole.Silo, "silo1", from, to);

    /// <summary>A repository's leaf, with its key.</summary>
    public X509Certificate2 Repository(string id) => WithKey(CertificateRole.Repository, id, null, null);

    /// <summary>A leaf for that identity and those server names alone, with its key.</summary>
    public X509Certificate2 Issue(CertificateIdentity identity, params string[] names)
    {
        using var key = NewKey();
        return Issue(key, [identity.ToUrn()], names);
    }

    /// <summary>A leaf with exactly those names, sensible or not, good for any use, with its key.</summary>
    public X509Certificate2 Issue(ECDsa key, string[] urns, string[] names, DateTimeOffset? from = null, DateTimeOffset? to = null)
    {
        using var leaf = Leaf(new PublicKey(key), urns, names, null, from, to);
        return WithKey(leaf, key);
    }

    /// <summary>Leaf and issuing certificate as PEM, for a key that only its owner has.</summary>
    public string Sign(PublicKey key, CertificateRole role, string id, DateTimeOffset? from = null, DateTimeOffset? to = null)
    {
        using var leaf = Leaf(key, role, id, from, to);
        return leaf.ExportCertificatePem() + "\n" + Issuing.ExportCertificatePem() + "\n";
    }

    /// <summary>Answers a signing request: leaf and issuing certificate as PEM.</summary>
    public string Sign(string csrPem, CertificateRole role, string id) =>
        Sign(CertificateRequest.LoadSigningRequestPem(csrPem, HashAlgorithmName.SHA256).PublicKey, role, id);

    public void Dispose()
    {
        Root.Dispose();
        Issuing.Dispose();
        _rootKey.Dispose();
        _issuingKey.Dispose();
    }

    private ProgramIdentity Enrolled(CertificateRole role, string id, string host, int port, DateTimeOffset? from, DateTimeOffset? to)
    {
        using var key = NewKey();
        var pem = Sign(new PublicKey(key), role, id, from, to);
        return new ProgramIdentity(key.ExportPkcs8PrivateKeyPem(), pem, Root.ExportCertificatePem(), Zone, host, port);
    }

    private X509Certificate2 WithKey(CertificateRole role, string id, DateTimeOffset? from, DateTimeOffset? to)
    {
        using var key = NewKey();
        using var leaf = Leaf(new PublicKey(key), role, id, from, to);
        return WithKey(leaf, key);
    }

    private X509Certificate2 Leaf(PublicKey key, CertificateRole role, string id, DateTimeOffset? from, DateTimeOffset? to)
    {
        string[] names = role switch
        {
            CertificateRole.Silo => ["cc." + Zone, "edge." + Zone, "*." + Zone],
            CertificateRole.Repository => ["*.data." + Zone, "*.access." + Zone],
            _ => [],
        };
        OidCollection usages = role is CertificateRole.Silo or CertificateRole.Repository ? [s_serverAuth, s_clientAuth] : [s_clientAuth];
        return Leaf(key, [new CertificateIdentity(role, id).ToUrn()], names, usages, from, to);
    }

    private X509Certificate2 Leaf(
        PublicKey key, string[] urns, string[] names, OidCollection? usages, DateTimeOffset? from, DateTimeOffset? to)
    {
        var request = new CertificateRequest(new X500DistinguishedName("CN=leaf"), key, HashAlgorithmName.SHA256);
        var alternative = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            alternative.AddDnsName(name);
        }

        foreach (var urn in urns)
        {
            alternative.AddUri(new Uri(urn));
        }

        request.CertificateExtensions.Add(alternative.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        if (usages is not null)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usages, false));
        }

        var begin = from ?? DateTimeOffset.UtcNow.AddHours(-1);
        return request.Create(Issuing, begin, to ?? begin.AddDays(90), Serial());
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }

    /// <summary>A PKCS#12 round trip: Windows' TLS cannot use a key that lives in memory only.</summary>
    private static X509Certificate2 WithKey(X509Certificate2 leaf, ECDsa key)
    {
        using var both = leaf.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(both.Export(X509ContentType.Pkcs12), null);
    }

    private static ECDsa NewKey() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static byte[] Serial() => RandomNumberGenerator.GetBytes(12);
}
