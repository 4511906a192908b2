using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Headgate.Protocol.Naming;

namespace Headgate.Protocol.Enrolment;

/// <summary>
/// Who an enrolled program is, and whom it trusts. On disk it is a folder: <c>key.pem</c> (readable by its owner alone), <c>certificate.pem</c>
/// (leaf, then intermediates), <c>authority.pem</c> (every root that is trusted, first the one that its own certificate leads to), <c>identity.json</c>. Immutable; safe for concurrent use.
/// </summary>
public sealed class ProgramIdentity : IDisposable
{
    /// <summary>The private key's file.</summary>
    public const string KeyFile = "key.pem";

    private const string CertificateFile = "certificate.pem";
    private const string AuthorityFile = "authority.pem";
    private const string IdentityFile = "identity.json";
    private const string NewSuffix = ".new";

    // One read that a renewal of another process cuts in two is rare; a second one in a row needs another renewal.
    private const int LoadTries = 5;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _keyPem;
    private readonly string _certificatePem;

    /// <summary>An identity of PEM parts as the silo answered them.</summary>
    /// <param name="keyPem">The private key, PKCS#8.</param>
    /// <param name="certificatePem">The leaf, then its intermediates.</param>
    /// <param name="authorityPem">The roots that are trusted; several while the SP's authority is rolled over.</param>
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
        var authorities = AuthorityTrust.ReadPem(authorityPem);
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
        Authority = AuthorityTrust.RootOf(Certificate, Intermediates, authorities) ?? authorities[0];
        Authorities = [Authority, .. authorities.Where(root => root != Authority)];
        Trusts = [.. Authorities.Select(AuthorityTrust.Fingerprint)];
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

    /// <summary>The SP's root that <see cref="Certificate"/> leads to.</summary>
    public X509Certificate2 Authority { get; }

    /// <summary>Every root that is trusted, <see cref="Authority"/> first. Never empty; more than one while the SP's authority is rolled over.</summary>
    public X509Certificate2Collection Authorities { get; }

    /// <summary>The fingerprints of <see cref="Authorities"/>, in their order.</summary>
    public IReadOnlyList<string> Trusts { get; }

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

    /// <summary>This identity under the certificate that the silo answered to a renewal by <paramref name="key"/>, with the roots that came with it.</summary>
    /// <exception cref="CryptographicException">The answer is not a certificate for this very program, or none of its roots is trusted here.</exception>
    public ProgramIdentity Renewed(ECDsa key, EnrolmentAnswer answer)
    {
        Overlap(answer.Authority);
        var next = new ProgramIdentity(key.ExportPkcs8PrivateKeyPem(), answer.Certificate, answer.Authority, Zone, Host, Port);
        if (next.Identity == Identity)
        {
            return next;
        }

        using (next)
        {
            throw new CryptographicException($"The new certificate names {next.Identity.ToUrn()}, this program is {Identity.ToUrn()}.");
        }
    }

    /// <summary>This identity with other roots, as the silo told them over a connection that was judged by the present ones.</summary>
    /// <exception cref="CryptographicException">They cannot be read, or none of them is trusted here.</exception>
    public ProgramIdentity Trusting(string authorityPem)
    {
        Overlap(authorityPem);
        return new ProgramIdentity(_keyPem, _certificatePem, authorityPem, Zone, Host, Port);
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
        for (var left = LoadTries; ; left--)
        {
            try
            {
                identity = Read(folder, place, "", "");
                return true;
            }
            catch (CryptographicException) when (left > 1)
            {
                // A renewal that ended between two renames: one half of the pair is in its place already, the other lies beside its own. Windows and file
                // systems without an order of renames can leave it either way round.
                identity = ReadOrNull(folder, place, "", NewSuffix) ?? ReadOrNull(folder, place, NewSuffix, "");
                if (identity is not null)
                {
                    return true;
                }

                // Or one that another process finished between the reading of one half and of the other: read again, both are of the same pair.
            }
        }
    }

    /// <summary>
    /// Keeps the identity in <paramref name="folder"/>. Every file is whole on disk before the first takes its place, and <c>identity.json</c> comes last, so
    /// that a crash leaves none, the one before, or this one.
    /// </summary>
    public void Save(string folder)
    {
        foreach (var step in SaveSteps(folder))
        {
            step();
        }
    }

    /// <summary>What <see cref="Save"/> does, one step after the other: a process may end between any two.</summary>
    internal IEnumerable<Action> SaveSteps(string folder)
    {
        (string Name, string Text)[] files =
        [
            (KeyFile, _keyPem),
            (CertificateFile, _certificatePem),
            (AuthorityFile, string.Join('\n', Authorities.Select(root => root.ExportCertificatePem()))),
            (IdentityFile, JsonSerializer.Serialize(new IdentityPlace(Zone, Host, Port), IdentityPlaceJson.Default.IdentityPlace)),
        ];
        yield return () => MakeFolder(folder);
        foreach (var (name, text) in files)
        {
            yield return () => WriteNew(folder, name, text);
        }

        foreach (var (name, _) in files)
        {
            yield return () => File.Move(Path.Combine(folder, name + NewSuffix), Path.Combine(folder, name), overwrite: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Certificate.Dispose();
        foreach (var root in Authorities)
        {
            root.Dispose();
        }
    }

    private static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        }
    }

    private static ProgramIdentity Read(string folder, IdentityPlace place, string keySuffix, string certificateSuffix)
    {
        var certificatePath = Path.Combine(folder, CertificateFile + certificateSuffix);
        var (key, certificate, authority) = (
            File.ReadAllText(Path.Combine(folder, KeyFile + keySuffix)), File.ReadAllText(certificatePath), File.ReadAllText(Path.Combine(folder, AuthorityFile)));
        try
        {
            return new ProgramIdentity(key, certificate, authority, place.Zone, place.Host, place.Port);
        }
        catch (ArgumentException fault)
        {
            throw new CryptographicException($"{certificatePath} and {KeyFile} do not belong together.", fault);
        }
    }

    private static ProgramIdentity? ReadOrNull(string folder, IdentityPlace place, string keySuffix, string certificateSuffix)
    {
        try
        {
            return Read(folder, place, keySuffix, certificateSuffix);
        }
        catch (Exception fault) when (fault is CryptographicException or FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>A roll-over always leaves one root that both sides know; without one, whoever told these roots is not believed.</summary>
    private void Overlap(string authorityPem)
    {
        if (!AuthorityTrust.ReadPem(authorityPem).Select(AuthorityTrust.Fingerprint).Intersect(Trusts, StringComparer.Ordinal).Any())
        {
            throw new CryptographicException("None of the authorities that the silo told is trusted here.");
        }
    }

    private static void WriteNew(string folder, string name, string text)
    {
        // Never through what lies there: a file that others may read would stay readable, a link would lead elsewhere.
        var path = Path.Combine(folder, name + NewSuffix);
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using var stream = new FileStream(path, options);
        stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
        stream.Flush(flushToDisk: true);
    }
}
