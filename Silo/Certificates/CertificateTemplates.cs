using System.Security.Cryptography.X509Certificates;
using System.Security.Cryptography;
using Headgate.Protocol.Naming;

namespace Headgate.Silo.Certificates;

/// <summary>
/// What the authority's certificates carry (RFC 5280): names, use and role are written here and nowhere else.
/// Root: 10 years, path length 1. Issuing: 2 years, path length 0. Leaf: 90 days, from one hour before its issue.
/// </summary>
internal static class CertificateTemplates
{
    public static readonly TimeSpan LeafLifetime = TimeSpan.FromDays(90);
    public static readonly TimeSpan Backdating = TimeSpan.FromHours(1);

    private const int SerialBytes = 16;
    private const int RootYears = 10;
    private const int IssuingYears = 2;
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>A self-signed root over <paramref name="key"/>; carries the private key.</summary>
    public static X509Certificate2 Root(string zone, ECDsa key, DateTimeOffset now)
    {
        var request = new CertificateRequest(Name($"Headgate root {zone}"), key, HashAlgorithmName.SHA256);
        AddAuthorityExtensions(request, pathLength: 1);
        return request.CreateSelfSigned(now - Backdating, now.AddYears(RootYears));
    }

    /// <summary>An issuing certificate over <paramref name="key"/>, signed by <paramref name="root"/> (with its private key), never outliving it; without the private key.</summary>
    public static X509Certificate2 Issuing(string zone, ECDsa key, X509Certificate2 root, DateTimeOffset now)
    {
        var request = new CertificateRequest(Name($"Headgate issuing {now.UtcDateTime:yyyy-MM-dd} {zone}"), key, HashAlgorithmName.SHA256);
        AddAuthorityExtensions(request, pathLength: 0);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, true, false));
        return request.Create(root, now - Backdating, Earlier(now.AddYears(IssuingYears), root.NotAfter), Serial());
    }

    /// <summary>A leaf for <paramref name="identity"/> over <paramref name="key"/>, signed by <paramref name="issuing"/>'s key, never outliving it; without a private key.</summary>
    public static X509Certificate2 Leaf(
        CertificateIdentity identity, ZoneNames names, PublicKey key, X509Certificate2 issuing, ECDsa issuingKey, DateTimeOffset now)
    {
        var request = new CertificateRequest(
            Name($"{identity.Role.ToString().ToLowerInvariant()} {identity.Id}"), key, HashAlgorithmName.SHA256);
        var alternative = new SubjectAlternativeNameBuilder();
        alternative.AddUri(new Uri(identity.ToUrn()));
        foreach (var name in DnsNames(identity.Role, names))
        {
            alternative.AddDnsName(name);
        }

        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(Usages(identity.Role), false));
        request.CertificateExtensions.Add(alternative.Build());
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuing, true, false));

        var notBefore = now - Backdating < issuing.NotBefore ? issuing.NotBefore : now - Backdating;
        return request.Create(
            issuing.SubjectName,
            X509SignatureGenerator.CreateForECDsa(issuingKey),
            notBefore,
            Earlier(now + LeafLifetime, issuing.NotAfter),
            Serial());
    }

    private static IEnumerable<string> DnsNames(CertificateRole role, ZoneNames names) => role switch
    {
        CertificateRole.Silo => [names.EdgeApi, names.TenantApi, "*." + names.Zone],
        CertificateRole.Repository => [names.DataWildcard, names.AccessWildcard],
        _ => [],
    };

    private static OidCollection Usages(CertificateRole role)
    {
        var usages = new OidCollection();
        if (role is CertificateRole.Silo or CertificateRole.Repository)
        {
            usages.Add(new Oid(ServerAuthentication));
        }

        if (role is not CertificateRole.Silo)
        {
            usages.Add(new Oid(ClientAuthentication));
        }

        return usages;
    }

    private static void AddAuthorityExtensions(CertificateRequest request, int pathLength)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, pathLength, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
    }

    private static X500DistinguishedName Name(string commonName)
    {
        // RFC 5280 appendix A: at most 64 characters. For people only; nothing reads it.
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(commonName.Length <= 64 ? commonName : commonName[..64]);
        return name.Build();
    }

    private static byte[] Serial()
    {
        // RFC 5280 section 4.1.2.2: positive and not zero.
        var serial = RandomNumberGenerator.GetBytes(SerialBytes);
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40);
        return serial;
    }

    private static DateTimeOffset Earlier(DateTimeOffset wanted, DateTime limit)
    {
        var end = new DateTimeOffset(limit);
        return wanted < end ? wanted : end;
    }
}
