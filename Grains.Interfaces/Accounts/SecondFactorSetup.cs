namespace Headgate.Grains;

/// <summary>What an authenticator needs (RFC 6238: SHA-1, 6 digits, 30 s). Not in force until a code of it was shown.</summary>
/// <param name="Key">The shared key, base32. A secret: never logged.</param>
/// <param name="Uri">The same as an <c>otpauth://totp/</c> URI, for a QR code.</param>
[GenerateSerializer, Immutable, Alias("headgate.second-factor-setup")]
public sealed record SecondFactorSetup(
    string Key,
    string Uri)
{
    /// <summary>Its name alone: what it carries is a secret.</summary>
    public override string ToString() => nameof(SecondFactorSetup);
}
