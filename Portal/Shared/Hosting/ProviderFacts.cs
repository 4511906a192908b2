namespace Headgate.Portal;

/// <summary>What tenants may know of their provider, and need on the day when they know nothing else. All of it is public.</summary>
/// <param name="PublicAddress">Where their machines enrol, such as <c>cc.backup.example.com:6180</c>.</param>
/// <param name="AuthorityFingerprint">Of the provider's authority, base32, as enrolment codes carry it; empty where it is not known.</param>
/// <param name="AuthorityPem">Its certificate; empty where it is not known.</param>
/// <param name="Contact">How to reach the provider's people, free text; null where nothing was set.</param>
public sealed record ProviderFacts(string PublicAddress, string AuthorityFingerprint, string AuthorityPem, string? Contact)
{
    /// <summary>Nothing is known.</summary>
    public static ProviderFacts None { get; } = new("", "", "", null);
}
