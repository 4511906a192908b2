namespace Headgate.Protocol.Enrolment;

/// <summary>
/// How programs hear of another root before it is used, and how the silo knows that they did. Every answer of the edge and the tenant API carries
/// <see cref="Header"/>: the fingerprints of the roots that are trusted, separated by commas, first the one under which certificates are issued. A program
/// whose own differ fetches <c>/v1/authority</c> over the connection that it judged by the roots it knows, keeps what it got, and says so on every
/// request in <see cref="TrustsHeader"/>. One whose certificate leads to another than the first renews it at once.
/// </summary>
public static class AuthorityNews
{
    /// <summary>In answers: what is trusted.</summary>
    public const string Header = "Headgate-Authority";

    /// <summary>In requests: what the program trusts.</summary>
    public const string TrustsHeader = "Headgate-Trusts";

    /// <summary>Roots at most, in either header: more than a roll-over ever has.</summary>
    public const int MaxRoots = 4;

    private const int FingerprintLength = 52;

    /// <summary>A header's value.</summary>
    public static string Format(IEnumerable<string> fingerprints) => string.Join(',', fingerprints);

    /// <summary>A header's fingerprints; empty when it is missing or is not one.</summary>
    public static IReadOnlyList<string> Parse(string? value)
    {
        if (string.IsNullOrEmpty(value) || value.Length > MaxRoots * (FingerprintLength + 1))
        {
            return [];
        }

        Span<byte> bytes = stackalloc byte[32];
        var parts = value.Split(',');
        foreach (var part in parts)
        {
            if (part.Length != FingerprintLength || !Naming.Base32.TryDecode(part, bytes))
            {
                return [];
            }
        }

        return parts;
    }

    /// <summary>What is to be done by a program that is <paramref name="identity"/> and heard <paramref name="announced"/>.</summary>
    public static AuthorityNeed NeedOf(ProgramIdentity identity, IReadOnlyList<string> announced)
    {
        if (announced.Count == 0)
        {
            return AuthorityNeed.None;
        }

        // A certificate under the first root can be had only where that root is known already: then its renewal brings the roots too.
        if (announced[0] != identity.Trusts[0] && identity.Trusts.Contains(announced[0]))
        {
            return AuthorityNeed.Renew;
        }

        return announced.Order(StringComparer.Ordinal).SequenceEqual(identity.Trusts.Order(StringComparer.Ordinal), StringComparer.Ordinal)
            ? AuthorityNeed.None
            : AuthorityNeed.Fetch;
    }
}
