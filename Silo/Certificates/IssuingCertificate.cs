using System.Security.Cryptography.X509Certificates;
using System.Security.Cryptography;
using System.Text;

namespace Headgate.Silo.Certificates;

/// <summary>The certificate that signs leaves, with its key. Signing takes turns: an ECDsa object is for one thread at a time.</summary>
internal sealed class IssuingCertificate(X509Certificate2 certificate, ECDsa key)
{
    private readonly Lock _turn = new();

    /// <summary>The certificate, without the private key.</summary>
    public X509Certificate2 Certificate => certificate;

    public static IssuingCertificate Create(string zone, X509Certificate2 root, DateTimeOffset now)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new IssuingCertificate(CertificateTemplates.Issuing(zone, key, root, now), key);
    }

    /// <summary>What <see cref="Export"/> wrote.</summary>
    public static IssuingCertificate Import(byte[] exported)
    {
        var pem = Encoding.ASCII.GetString(exported);
        var key = ECDsa.Create();
        key.ImportFromPem(PemOf(pem, "PRIVATE KEY"));
        return new IssuingCertificate(X509Certificate2.CreateFromPem(pem), key);
    }

    /// <summary>Certificate and private key as PEM: to be sealed.</summary>
    public byte[] Export() => Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");

    /// <summary>Runs <paramref name="sign"/> with the key, alone.</summary>
    public T Sign<T>(Func<ECDsa, T> sign)
    {
        lock (_turn)
        {
            return sign(key);
        }
    }

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
