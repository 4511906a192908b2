using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace Headgate.Portal;

/// <summary>
/// Carries a key that is not in force yet from one form to the next, so that a mistyped code does not cost the key: sealed, for one account, for 15 minutes. The server
/// keeps no copy in the clear.
/// </summary>
internal static class SecondFactorSecret
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(15);

    /// <summary>Seals the key for the account.</summary>
    public static string Seal(IDataProtectionProvider protection, string account, SecondFactorSetup setup) =>
        Protector(protection, account).Protect(JsonSerializer.Serialize(setup), s_lifetime);

    /// <summary>Opens what was sealed for the account; null when it is nothing of the kind, or too old.</summary>
    public static SecondFactorSetup? Open(IDataProtectionProvider protection, string account, string? sealedText)
    {
        try
        {
            return string.IsNullOrEmpty(sealedText) ? null : JsonSerializer.Deserialize<SecondFactorSetup>(Protector(protection, account).Unprotect(sealedText));
        }
        catch (Exception exception) when (exception is CryptographicException or JsonException or FormatException)
        {
            return null;
        }
    }

    private static ITimeLimitedDataProtector Protector(IDataProtectionProvider protection, string account) =>
        protection.CreateProtector("Headgate.Portal.SecondFactor", account).ToTimeLimitedDataProtector();
}
