using System.Security.Cryptography.X509Certificates;
using System.Security.Cryptography;
using Headgate.Grains;

namespace Headgate.Silo.Certificates;

/// <summary>Reads the one thing that is taken of a requester: a public key.</summary>
internal static class PublicKeys
{
    /// <summary>What a key may be, in words for a user.</summary>
    public const string Allowed = "an ECDSA key on P-256 or P-384, or an RSA key of 2048 to 8192 bits";

    private const int MaxRequestChars = 16 * 1024;
    private const int MinRsaBits = 2048;
    private const int MaxRsaBits = 8192;
    private const string EcPublicKey = "1.2.840.10045.2.1";
    private const string Rsa = "1.2.840.113549.1.1.1";
    private const string P256 = "1.2.840.10045.3.1.7";
    private const string P384 = "1.3.132.0.34";

    /// <summary>The public key (SubjectPublicKeyInfo, DER) of a PKCS#10 request in PEM whose signature is right; null with a sentence otherwise. Names and extensions in it are ignored.</summary>
    public static byte[]? OfRequest(string? pem, out string? error)
    {
        error = null;
        if (string.IsNullOrWhiteSpace(pem) || pem.Length > MaxRequestChars)
        {
            error = $"has {pem?.Length ?? 0} characters; allowed is a PKCS#10 request in PEM of at most {MaxRequestChars} characters.";
            return null;
        }

        try
        {
            var request = CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256);
            var info = request.PublicKey.ExportSubjectPublicKeyInfo();
            Load(info);
            return info;
        }
        catch (RefusedException exception)
        {
            error = exception.Message;
            return null;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or NotSupportedException)
        {
            error = "is not a PKCS#10 request in PEM that its own key has signed; make it anew, with " + Allowed + ".";
            return null;
        }
    }

    /// <summary>The key of a SubjectPublicKeyInfo (DER).</summary>
    /// <exception cref="RefusedException">It is not one that is taken.</exception>
    public static PublicKey Load(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        try
        {
            var key = PublicKey.CreateFromSubjectPublicKeyInfo(subjectPublicKeyInfo, out var read);
            if (read == subjectPublicKeyInfo.Length && IsTaken(key))
            {
                return key;
            }
        }
        catch (CryptographicException exception)
        {
            throw new RefusedException(RefusalReason.Invalid, $"The public key cannot be read ({exception.Message}); allowed is {Allowed}.");
        }

        throw new RefusedException(RefusalReason.Invalid, $"The public key is of a kind that is not taken; allowed is {Allowed}.");
    }

    private static bool IsTaken(PublicKey key)
    {
        switch (key.Oid.Value)
        {
            case EcPublicKey:
                using (var ec = key.GetECDsaPublicKey())
                {
                    return ec?.ExportParameters(includePrivateParameters: false).Curve.Oid.Value is P256 or P384;
                }

            case Rsa:
                using (var rsa = key.GetRSAPublicKey())
                {
                    return rsa is { KeySize: >= MinRsaBits and <= MaxRsaBits };
                }

            default:
                return false;
        }
    }
}
