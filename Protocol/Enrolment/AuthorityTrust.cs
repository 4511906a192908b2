using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Naming;

namespace Headgate.Protocol.Enrolment;

/// <summary>
/// Trust in the SP's authority and in nothing else: no system store, no network. Revocation is not looked up here; the silo and the grants
/// it gives out say who is out.
/// </summary>
public static class AuthorityTrust
{
    /// <summary>A chain policy that ends at <paramref name="authority"/>.</summary>
    public static X509ChainPolicy Policy(X509Certificate2 authority, X509Certificate2Collection? intermediates = null, TimeProvider? time = null) =>
        Policy(new X509Certificate2Collection(authority), intermediates, time);

    /// <summary>A chain policy that ends at any of <paramref name="authorities"/>: there are several while an authority is rolled over.</summary>
    public static X509ChainPolicy Policy(X509Certificate2Collection authorities, X509Certificate2Collection? intermediates = null, TimeProvider? time = null)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationTime = (time ?? TimeProvider.System).GetUtcNow().UtcDateTime,
        };
        policy.CustomTrustStore.AddRange(authorities);
        if (intermediates is not null)
        {
            policy.ExtraStore.AddRange(intermediates);
        }

        return policy;
    }

    /// <summary><c>base32(SHA-256(DER))</c>, 52 characters: what an enrolment code carries.</summary>
    public static string Fingerprint(X509Certificate2 authority) => Base32.Encode(SHA256.HashData(authority.RawData));

    /// <summary>What <paramref name="peer"/> is worth, as a holder of <paramref name="role"/>.</summary>
    /// <param name="peer">The peer's leaf, or null.</param>
    /// <param name="extra">What came with it, or is known: intermediate certificates.</param>
    /// <param name="authority">The only root.</param>
    /// <param name="role">The role it must have.</param>
    /// <param name="id">The id it must have, or null for any.</param>
    /// <param name="dnsName">The server name it must be good for, or null.</param>
    /// <param name="time">This machine's clock.</param>
    public static PeerCheck Check(
        X509Certificate? peer,
        X509Certificate2Collection extra,
        X509Certificate2 authority,
        CertificateRole role,
        string? id,
        string? dnsName,
        TimeProvider time) => Check(peer, extra, new X509Certificate2Collection(authority), role, id, dnsName, time);

    /// <summary>What <paramref name="peer"/> is worth, as a holder of <paramref name="role"/>.</summary>
    /// <param name="peer">The peer's leaf, or null.</param>
    /// <param name="extra">What came with it, or is known: intermediate certificates.</param>
    /// <param name="authorities">The roots, any of which will do.</param>
    /// <param name="role">The role it must have.</param>
    /// <param name="id">The id it must have, or null for any.</param>
    /// <param name="dnsName">The server name it must be good for, or null.</param>
    /// <param name="time">This machine's clock.</param>
    public static PeerCheck Check(
        X509Certificate? peer,
        X509Certificate2Collection extra,
        X509Certificate2Collection authorities,
        CertificateRole role,
        string? id,
        string? dnsName,
        TimeProvider time)
    {
        if (peer is null)
        {
            return PeerCheck.NoCertificate;
        }

        using var copy = peer is X509Certificate2 ? null : X509CertificateLoader.LoadCertificate(peer.GetRawCertData());
        var leaf = peer as X509Certificate2 ?? copy!;
        var chainCheck = CheckChain(leaf, extra, authorities, time);
        if (chainCheck != PeerCheck.Ok)
        {
            return chainCheck;
        }

        var identity = CertificateIdentity.Of(leaf);
        if (identity?.Role != role)
        {
            return PeerCheck.WrongRole;
        }

        if (id is not null && identity.Id != id)
        {
            return PeerCheck.WrongId;
        }

        return dnsName is null || leaf.MatchesHostname(dnsName, allowWildcards: true, allowCommonName: false) ? PeerCheck.Ok : PeerCheck.WrongName;
    }

    /// <summary>Every certificate of a PEM text, in its order.</summary>
    /// <exception cref="CryptographicException">There is none in it, or one that cannot be read.</exception>
    public static X509Certificate2Collection ReadPem(string pem)
    {
        var read = new X509Certificate2Collection();
        read.ImportFromPem(pem);
        return read.Count > 0 ? read : throw new CryptographicException("There is no certificate in it.");
    }

    /// <summary>Which of <paramref name="authorities"/> a leaf leads to, whatever the time; null when to none.</summary>
    public static X509Certificate2? RootOf(X509Certificate2 leaf, X509Certificate2Collection intermediates, X509Certificate2Collection authorities)
    {
        foreach (var root in authorities)
        {
            using var chain = new X509Chain { ChainPolicy = Policy(root, intermediates) };
            chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
            if (chain.Build(leaf))
            {
                return root;
            }
        }

        return null;
    }

    // Each root by itself: roots of one provider may bear one name, and a chain that is built by names may take the wrong one.
    private static PeerCheck CheckChain(
        X509Certificate2 leaf, X509Certificate2Collection extra, X509Certificate2Collection authorities, TimeProvider time)
    {
        var worth = PeerCheck.Untrusted;
        foreach (var authority in authorities)
        {
            switch (CheckChain(leaf, extra, authority, time))
            {
                case PeerCheck.Ok:
                    return PeerCheck.Ok;
                case var other when other != PeerCheck.Untrusted:
                    worth = other;
                    break;
                default:
                    break;
            }
        }

        return worth;
    }

    private static PeerCheck CheckChain(X509Certificate2 leaf, X509Certificate2Collection extra, X509Certificate2 authority, TimeProvider time)
    {
        using var chain = new X509Chain { ChainPolicy = Policy(authority, extra, time) };
        var now = time.GetUtcNow().UtcDateTime;
        if (chain.Build(leaf))
        {
            return PeerCheck.Ok;
        }

        // A wrong clock must be told from a foreign certificate: the chain is whole but for time.
        var timeOnly = chain.ChainStatus.All(status => status.Status is X509ChainStatusFlags.NotTimeValid or X509ChainStatusFlags.NoError);
        if (!timeOnly)
        {
            return PeerCheck.Untrusted;
        }

        return chain.ChainElements.Any(element => now < element.Certificate.NotBefore.ToUniversalTime())
            ? PeerCheck.NotYetValid
            : PeerCheck.Expired;
    }
}
