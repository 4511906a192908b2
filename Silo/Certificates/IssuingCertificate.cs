using System.Security.Cryptography.X509Certificates;
using System.Security.Cryptography;
using System.Text;
using Headgate.Protocol.Enrolment;

namespace Headgate.Silo.Certificates;

/// <summary>The certificate that signs leaves, with its key. Signing takes turns: an ECDsa object is for one thread at a time.</summary>
internal sealed class IssuingCertificate(X509Certificate2 certificate, ECDsa key, IReadOnlyList<X509Certificate2> earlier)
{
    private const int MaxEarlier = 2;

    private readonly Lock _turn = new();

    /// <summary>The certificate, without the private key.</summary>
    public X509Certificate2 Certificate => certificate;

    /// <summary>This one first, then those before it, without keys: leaves of theirs are still about.</summary>
    public IReadOnlyList<X509Certificate2> All { get; } = [certificate, .. earlier];

    /// <summary>A new one by a new key; <paramref name="before"/> is the one in whose place it comes, or null.</summary>
    public static IssuingCertificate Create(string zone, X509Certificate2 root, IssuingCertificate? before, DateTimeOffset now)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new IssuingCertificate(CertificateTemplates.Issuing(zone, key, root, now), key, [.. before?.All.Take(MaxEarlier) ?? []]);
    }

    /// <summary>What <see cref="Export"/> wrote.</summary>
    public static IssuingCertificate Import(byte[] exported)
    {
        var pem = Encoding.ASCII.GetString(exported);
        var key = ECDsa.Create();
        key.ImportFromPem(PemOf(pem, "PRIVATE KEY"));
        var certificates = AuthorityTrust.ReadPem(pem);
        return new IssuingCertificate(certificates[0], key, [.. certificates.Skip(1)]);
    }

    /// <summary>Certificate, those before it, and private key as PEM: to be sealed.</summary>
    public byte[] Export() =>
        Encoding.ASCII.GetBytes(string.Join('\n', All.Select(one => one.ExportCertificatePem())) + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");

    /// <summary>Which of <see cref="All"/> signed <paramref name="leaf"/>, by the key identifiers; this one where none says so.</summary>
    public X509Certificate2 IssuerOf(X509Certificate2 leaf)
    {
        var signer = leaf.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier;
        return All.FirstOrDefault(one => signer is { } id && IdOf(one).SequenceEqual(id.Span)) ?? certificate;
    }

    /// <summary>Runs <paramref name="sign"/> with the key, alone.</summary>
    public T Sign<T>(Func<ECDsa, T> sign)
    {
        lock (_turn)
        {
            return sign(key);
        }
    }

    private static ReadOnlySpan<byte> IdOf(X509Certificate2 issuing) =>
        issuing.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifierBytes.Span;

    private static ReadOnlySpan<char> PemOf(string text, string label)
    {
        for (var rest = text.AsSpan(); PemEncoding.TryFind(rest, out var fields); rest = rest[fields.Location.End..])
        {
            if (rest[fields.Label].SequenceEqual(label))
            {
                return rest[fields.Location];
            }
        }

        throw new AuthorityException($"The issuing certificate in the database lacks its {label}.");
    }
}
