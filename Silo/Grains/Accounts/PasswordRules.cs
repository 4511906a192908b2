using System.Security.Cryptography;
using Headgate.Grains;
using Headgate.Protocol.Naming;

namespace Headgate.Silo.Grains.Accounts;

/// <summary>What a password may be, and passwords made here. A refusal never shows the password.</summary>
internal static class PasswordRules
{
    public const int MinLength = 12;

    /// <summary>Longer ones are refused before they are hashed.</summary>
    public const int MaxLength = 256;

    private const int MinDifferent = 4;
    private const int MadeBytes = 10;

    // Of 12 characters and more only: shorter ones are refused for their length. Compared without regard to case.
    private static readonly HashSet<string> s_usual = new(StringComparer.OrdinalIgnoreCase)
    {
        "123456789012", "1234567890123", "12345678901234", "123456789123", "1234567890ab", "1234567890qwerty", "012345678910", "0123456789ab", "987654321098",
        "123123123123", "121212121212", "112233445566", "147258369147", "abcdefghijkl", "abcdefghijklm", "abcdefghijklmnop", "abcd12345678", "abc123456789",
        "abcabcabcabc", "abcdabcdabcd", "abc123abc123", "qwertyuiop12", "qwertyuiop123", "qwertyuiop1234", "qwertyuiopas", "qwertyuiopasdfgh", "qwertyqwerty",
        "qwerty123456", "qwerty1234567", "qwerty12345678", "qwerty123qwerty", "qwertz123456", "qwertzuiopas", "azertyuiop123", "asdfghjkl123", "asdfghjkl1234",
        "asdfasdfasdf", "zxcvbnm12345", "1q2w3e4r5t6y", "1q2w3e4r5t6y7u", "1qaz2wsx3edc", "1qaz2wsx3edc4rfv", "q1w2e3r4t5y6", "zaq12wsxcde3", "passwordpassword",
        "password1234", "password12345", "password123456", "password1234!", "password123!", "passw0rd1234", "p@ssw0rd1234", "p@ssword1234", "passwort1234", "mypassword123",
        "motdepasse123", "contrasena123", "administrator", "administrator1", "administrator123", "adminadminadmin", "adminadmin123", "adminpassword", "admin12345678",
        "admin1234567", "admin123456789", "rootrootroot", "root12345678", "changemechangeme", "changeme1234", "changeme12345", "pleasechangeme", "letmeinletmein",
        "letmein12345", "letmein123456", "welcomewelcome", "welcome12345", "welcome123456", "welcome1234!", "iloveyou1234", "iloveyou12345", "iloveyouiloveyou", "sunshine1234",
        "princess1234", "football1234", "baseball1234", "superman1234", "trustno1trustno1", "testtesttest", "test12345678", "useruseruser", "user12345678", "guest12345678",
        "defaultpassword", "secretsecret", "supersecret123", "topsecret123", "backupbackup", "backup123456", "correcthorsebatterystaple", "headgateheadgate", "headgate1234",
    };

    /// <exception cref="RefusedException">It cannot be a password of that user.</exception>
    public static void Require(string user, string? password)
    {
        if (Fault(user, password) is { } fault)
        {
            throw new RefusedException(RefusalReason.Invalid, $"password: {fault}.");
        }
    }

    /// <summary>A password of 80 random bits that can be read out and typed: <c>abcd-efgh-ijkl-mnop</c>, letters and 2 to 7.</summary>
    public static string Make() => string.Join('-', Base32.Encode(RandomNumberGenerator.GetBytes(MadeBytes)).Chunk(4).Select(part => new string(part)));

    private static string? Fault(string user, string? password)
    {
        var length = password?.Length ?? 0;
        if (length is < MinLength or > MaxLength)
        {
            return $"{length} characters; allowed are {MinLength} to {MaxLength}";
        }
        if (string.Equals(password, user, StringComparison.OrdinalIgnoreCase))
        {
            return "it is the user name; choose another";
        }
        if (password!.Distinct().Count() < MinDifferent)
        {
            return $"it has fewer than {MinDifferent} different characters; choose a less regular one";
        }
        return s_usual.Contains(password!) ? "it is one of the most usual passwords, which are tried first; choose another" : null;
    }
}
