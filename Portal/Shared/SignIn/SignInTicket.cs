using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace Headgate.Portal;

/// <summary>
/// Carries from the first step of signing in to the second that the password was right, so that the page need not carry the password: sealed, for one site, for 5 minutes,
/// and worth nothing without a code or once the account's stamp is another.
/// </summary>
/// <param name="Account">Whose password it was.</param>
/// <param name="Stamp">The account's stamp when it was compared.</param>
internal sealed record SignInTicket(string Account, string Stamp)
{
    /// <summary>Its name alone: what it carries is a secret.</summary>
    public override string ToString() => nameof(SignInTicket);

    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(5);

    /// <summary>Seals it for the site.</summary>
    public string Seal(IDataProtectionProvider protection, SiteOptions site) => Protector(protection, site).Protect(JsonSerializer.Serialize(this), s_lifetime);

    /// <summary>Opens what was sealed for the site; null when it is nothing of the kind, or too old.</summary>
    public static SignInTicket? Open(IDataProtectionProvider protection, SiteOptions site, string? sealedText)
    {
        try
        {
            return string.IsNullOrEmpty(sealedText) ? null : JsonSerializer.Deserialize<SignInTicket>(Protector(protection, site).Unprotect(sealedText));
        }
        catch (Exception exception) when (exception is CryptographicException or JsonException or FormatException)
        {
            return null;
        }
    }

    private static ITimeLimitedDataProtector Protector(IDataProtectionProvider protection, SiteOptions site) =>
        protection.CreateProtector("Headgate.Portal.SignInTicket", site.Name).ToTimeLimitedDataProtector();
}
