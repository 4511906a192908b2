using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Enrolment;
using Headgate.Silo.Certificates;

namespace Headgate.Server.Backup;

/// <summary>Whether an operator secret, a database and a root file belong together.</summary>
internal static class SecretFacts
{
    private const string IssuingName = "issuing-certificate";

    // Whoever else keeps something there seals it under these parts' rules or its own.
    private static readonly HashSet<string> s_authority = [IssuingName, "label-key", "proxy-key"];

    /// <summary>The operator secret that a server on <paramref name="folder"/> would use, or null; unlike a server, it makes none.</summary>
    /// <exception cref="AuthorityException">It is too short or cannot be read.</exception>
    public static OperatorSecret? Find(string folder)
    {
        var given = Environment.GetEnvironmentVariable(OperatorSecret.Variable);
        return string.IsNullOrWhiteSpace(given) && !File.Exists(Path.Combine(folder, OperatorSecret.FileName)) ? null : OperatorSecret.Load(folder, given);
    }

    /// <summary>Opens every secret of the authority's that <paramref name="database"/> holds, and the root file where there is one.</summary>
    /// <param name="folder">Holds <c>authority/root.pem</c>, or not.</param>
    /// <param name="secret">Opens them.</param>
    /// <param name="database">Holds them.</param>
    /// <returns>The present root's fingerprint; null for a database whose server never started.</returns>
    /// <exception cref="AuthorityException">They do not belong together.</exception>
    public static string? Check(string folder, OperatorSecret secret, RestoredDatabase database)
    {
        var box = new SecretBox(secret);
        var roots = new X509Certificate2Collection();
        IssuingCertificate? issuing = null;
        foreach (var (name, ciphertext) in database.Secrets().Where(secret => s_authority.Contains(secret.Name) || RootShelf.IsRoot(secret.Name)))
        {
            var opened = box.Open(name, ciphertext);
            issuing = name == IssuingName ? IssuingCertificate.Import(opened) : issuing;
            if (RootShelf.IsRoot(name))
            {
                roots.Add(X509CertificateLoader.LoadCertificate(opened));
            }
        }

        if (roots.Count == 0)
        {
            return null;
        }

        using var signer = new RootFile(folder, secret).Load();
        return signer is null || roots.Any(root => RootShelf.IsSame(root, signer))
            ? AuthorityTrust.Fingerprint((issuing is null ? null : AuthorityTrust.RootOf(issuing.Certificate, [], roots)) ?? roots[0])
            : throw new AuthorityException($"The root in {folder} is not the one that the database was made with.");
    }
}
