using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Headgate.Silo.Tests.Api;

/// <summary>A signing request that is right in itself.</summary>
internal static class PublicKeyRequest
{
    public static string Any { get; } = Make();

    private static string Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=any", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
    }
}
