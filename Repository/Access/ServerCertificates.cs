using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;

namespace Headgate.Repository.Access;

/// <summary>
/// What this repository shows: the authority's certificate on routes, and on accesses the SP's own where it brought one. Renewal swaps the
/// identity; connections that stand keep what they have. Safe for concurrent use.
/// </summary>
internal sealed class ServerCertificates
{
    private readonly SslStreamCertificateContext? _access;
    private volatile ProgramIdentity _identity;

    /// <exception cref="CryptographicException">The SP's certificate cannot be read, or the key is another one's.</exception>
    public ServerCertificates(ProgramIdentity identity, RepositoryOptions options)
    {
        _identity = identity;
        if (options.AccessCertificate is { } certificate && options.AccessKey is { } key)
        {
            _access = Load(certificate, key);
        }
    }

    /// <summary>The identity now.</summary>
    public ProgramIdentity Identity => _identity;

    /// <summary>Takes a renewed identity.</summary>
    public void Renew(ProgramIdentity identity) => _identity = identity;

    /// <summary>The certificate for a kind of name.</summary>
    public SslStreamCertificateContext For(ServerNameKind kind) =>
        kind == ServerNameKind.Access && _access is not null ? _access : _identity.CertificateContext;

    private static SslStreamCertificateContext Load(string certificatePath, string keyPath)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificatePath);
        using var leaf = X509Certificate2.CreateFromPemFile(certificatePath, keyPath);

        // Windows' TLS cannot use a key that lives in memory only; a PKCS#12 round trip gives it one that it can.
        var usable = X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), null);
        return SslStreamCertificateContext.Create(usable, new X509Certificate2Collection(chain.Skip(1).ToArray()), offline: true);
    }
}
