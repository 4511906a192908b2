using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Enrolment;
using Headgate.Silo.Storage;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Certificates;

/// <summary>
/// The roots: their certificates in the database, sealed, one a generation; their private keys in files of the data directory, or elsewhere. Which root is the
/// present one is said by the issuing certificate alone, so that each step of a roll-over is one write: a row added, the issuing certificate replaced, a row
/// removed. Files follow the database and are put in order whenever the authority is opened.
/// </summary>
internal sealed class RootShelf(ISecretStore store, SecretBox box, OperatorSecret secret, string dataDirectory, ILogger logger)
{
    private const string Name = "root-certificate";

    /// <summary><c>root.pem</c>.</summary>
    public RootFile PresentFile { get; } = new(dataDirectory, secret);

    /// <summary><c>root-next.pem</c>.</summary>
    public RootFile NextFile { get; } = new(dataDirectory, secret, RootFile.Next);

    /// <summary>Whether a secret in the database is a root's certificate.</summary>
    public static bool IsRoot(string secretName) => secretName == Name || secretName.StartsWith(Name + "/", StringComparison.Ordinal);

    /// <summary>What the database holds, oldest first.</summary>
    /// <exception cref="AuthorityException">The operator secret is another.</exception>
    public async Task<List<(int Generation, X509Certificate2 Certificate)>> LoadAsync(CancellationToken cancellationToken) =>
    [
        .. (await store.ListAsync(Name, cancellationToken))
            .Select(row => (GenerationOf(row.Name), X509CertificateLoader.LoadCertificate(box.Open(row.Name, row.Sealed))))
            .OrderBy(root => root.Item1),
    ];

    /// <summary>Stores a generation; answers what is stored, which is another silo's when that was first.</summary>
    public async Task<X509Certificate2> AddAsync(int generation, X509Certificate2 root, AuditEntry? audit, CancellationToken cancellationToken)
    {
        var name = NameOf(generation);
        return X509CertificateLoader.LoadCertificate(box.Open(name, await store.AddAsync(name, box.Seal(name, root.RawData), audit, cancellationToken)));
    }

    /// <summary>Removes a generation.</summary>
    public Task RemoveAsync(int generation, AuditEntry? audit, CancellationToken cancellationToken) =>
        store.RemoveAsync(NameOf(generation), audit, cancellationToken);

    /// <summary>The file's name of a root that was followed by another.</summary>
    public static string FormerName(X509Certificate2 root) => $"root-former-{AuthorityTrust.Fingerprint(root)[..8]}.pem";

    /// <summary>Lets the files' names say what the database says: a switch that was cut short left them as they were.</summary>
    public void Tidy(X509Certificate2 present)
    {
        using var next = NextFile.Look();
        if (next is null || !IsSame(next, present))
        {
            return;
        }

        using var former = PresentFile.Look();
        if (former is not null && !IsSame(former, present))
        {
            PresentFile.Rename(FormerName(former));
            CertificateLog.RootFileMoved(logger, PresentFile.Path, FormerName(former));
        }

        NextFile.Rename(RootFile.Present);
        CertificateLog.RootFileMoved(logger, NextFile.Path, RootFile.Present);
    }

    public static bool IsSame(X509Certificate2 one, X509Certificate2 other) => one.RawDataMemory.Span.SequenceEqual(other.RawDataMemory.Span);

    private static string NameOf(int generation) => generation == 1 ? Name : string.Create(CultureInfo.InvariantCulture, $"{Name}/{generation}");

    private static int GenerationOf(string name) => name == Name ? 1 : int.Parse(name.AsSpan(Name.Length + 1), CultureInfo.InvariantCulture);
}
