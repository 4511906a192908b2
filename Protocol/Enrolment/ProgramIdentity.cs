using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Headgate.Protocol.Naming;

namespace Headgate.Protocol.Enrolment;

/// <summary>
/// Who an enrolled program is, and whom it trusts. On disk it is a folder: <c>key.pem</c> (readable by its owner alone), <c>certificate.pem</c>
/// (leaf, then intermediates), <c>authority.pem</c>, <c>identity.json</c>. Immutable; safe for concurrent use.
/// </summary>
public sealed class ProgramIdentity : IDisposable
{
    private const string KeyFile = "key.pem";
    private const string CertificateFile = "certificate.pem";
    private const string AuthorityFile = "authority.pem";
    private const string IdentityFile = "identity.json";
    private const string NewSuffix = ".new";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _keyPem;
    private readonly string _certificatePem;

    /// <summary>An identity of PEM parts as the silo answered them.</summary>
    /// <param name="keyPem">The private key, PKCS#8.</param>
    /// <param name="certificatePem">The leaf, then its intermediates.</param>
    /// <param name="authorityPem">The root.</param>
    /// <param name="zone">The SP's zone.</param>
    /// <param name="host">Where it enrolled: a silo's edge API, or the public name.</param>
    /// <param name="port">The port there.</param>
    /// <exception cref="CryptographicException">A part is not what it should be.</exception>
    public ProgramIdentity(string keyPem, string certificatePem, string authorityPem, string zone, string host, int port)
    {
        _keyPem = keyPem;
        _certificatePem = certificatePem;
        Zone = zone;
        Host = host;
        Port = port;
        Authority = X509Certificate2.CreateFromPem(authorityPem);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificatePem);
        if (chain.Count == 0)
        {
            throw new CryptographicException("The certificate file holds no certificate.");
        }

        Intermediates = new X509Certificate2Collection(chain.Skip(1).ToArray());
        using var leaf = X509Certificate2.CreateFromPem(certificatePem, keyPem);

        // Windows' TLS cannot use a key that lives in memory only; a PKCS#12 round trip gives it one that it can.
        Certificate = X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), null);
        Identity = CertificateIdentity.Of(Certificate) ?? throw new CryptographicException("The certificate names nobody that Headgate knows.");
        CertificateContext = SslStreamCertificateContext.Create(Certificate, Intermediates, offline: true);
    }

    /// <summary>Who the certificate names.</summary>
    public CertificateIdentity Identity { get; }

    /// <summary>The SP's zone.</summary>
    public string Zone { get; }

    /// <summary>Where it enrolled: a silo's edge API, or the public name.</summary>
    public string Host { get; }

    /// <summary>The port there.</summary>
    public int Port { get; }

    /// <summary>The leaf with its private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>What stands between the leaf and the root.</summary>
    public X509Certificate2Collection Intermediates { get; }

    /// <summary>The SP's root: the only one trusted.</summary>
    public X509Certificate2 Authority { get; }

    /// <summary>Leaf and intermediates, ready for TLS.</summary>
    public SslStreamCertificateContext CertificateContext { get; }

    /// <summary>When to ask for the next certificate: two thirds of this one's life.</summary>
    public DateTimeOffset RenewAt
    {
        get
        {
            var begin = new DateTimeOffset(Certificate.NotBefore.ToUniversalTime(), TimeSpan.Zero);
            var end = new DateTimeOffset(Certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);
            return begin + ((end - begin) * 2 / 3);
        }
    }

    /// <summary>Loads the identity kept in <paramref name="folder"/>; false when there is none.</summary>
    /// <exception cref="CryptographicException">There is one, and it is broken.</exception>
    public static bool TryLoad(string folder, [NotNullWhen(true)] out ProgramIdentity? identity)
    {
        identity = null;
        var path = Path.Combine(folder, IdentityFile);
        if (!File.Exists(path))
        {
            return false;
        }

        var place = JsonSerializer.Deserialize(File.ReadAllText(path), IdentityPlaceJson.Default.IdentityPlace)
            ?? throw new CryptographicException($"{path} is empty; enrol again with a new code.");
        try
        {
            identity = Read(folder, place, Path.Combine(folder, CertificateFile));
        }
        catch (CryptographicException) when (File.Exists(Path.Combine(folder, CertificateFile + NewSuffix)))
        {
            // A renewal that ended between two renames: the key is the new one already, its certificate lies beside the old one.
            identity = Read(folder, place, Path.Combine(folder, CertificateFile + NewSuffix));
        }

        return true;
    }

    /// <summary>
    /// Keeps the identity in <paramref name="folder"/>. Every file is whole on disk before the first takes its place, and <c>identity.json</c> comes last, so
    /// that a crash leaves none, the one before, or this one.
    /// </summary>
    public void Save(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        }

        (string Name, string Text)[] files =
        [
            (KeyFile, _keyPem),
            (CertificateFile, _certificatePem),
            (AuthorityFile, Authority.ExportCertificatePem()),
            (IdentityFile, JsonSerializer.Serialize(new IdentityPlace(Zone, Host, Port), IdentityPlaceJson.Default.IdentityPlace)),
        ];
        foreach (var (name, text) in files)
        {
            WriteNew(folder, name, text);
        }

        foreach (var (name, _) in files)
        {
            File.Move(Path.Combine(folder, name + NewSuffix), Path.Combine(folder, name), overwrite: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Certificate.Dispose();
        Authority.Dispose();
    }

    private static ProgramIdentity Read(string folder, IdentityPlace place, string certificatePath)
    {
        var (key, certificate, authority) = (
            File.ReadAllText(Path.Combine(folder, KeyFile)), File.ReadAllText(certificatePath), File.ReadAllText(Path.Combine(folder, AuthorityFile)));
        try
        {
            return new ProgramIdentity(key, certificate, authority, place.Zone, place.Host, place.Port);
        }
        catch (ArgumentException fault)
        {
            throw new CryptographicException($"{certificatePath} and {KeyFile} do not belong together.", fault);
        }
    }

    private static void WriteNew(string folder, string name, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using var stream = new FileStream(Path.Combine(folder, name + NewSuffix), options);
        stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
        stream.Flush(flushToDisk: true);
    }
}
