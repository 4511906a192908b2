using System.Security.Cryptography;
using System.Text;
using Headgate.Grains;
using Headgate.Protocol.Naming;

namespace Headgate.Silo.Grains.Enrolment;

/// <summary>
/// The rules of one-time codes (section 5 of the design): a code is spent in the write that stores the certificate; the same key again within
/// <see cref="AnswerAgain"/> gets the same certificate, because an answer can be lost; another key is refused.
/// </summary>
internal static class EnrolmentCodes
{
    public static readonly TimeSpan AnswerAgain = TimeSpan.FromMinutes(10);
    public static readonly TimeSpan Remembered = TimeSpan.FromDays(7);

    private static readonly TimeSpan s_minLifetime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_maxLifetime = TimeSpan.FromDays(30);

    /// <summary>Adds a code that lives for <paramref name="lifetime"/> (1 minute to 30 days).</summary>
    public static (string Secret, DateTimeOffset Expires) Add(List<EnrolmentCodeEntry> codes, TimeSpan lifetime, AccessLevel level, DateTimeOffset now)
    {
        if (lifetime < s_minLifetime || lifetime > s_maxLifetime)
        {
            throw Require.Invalid("lifetime", lifetime.ToString("c", System.Globalization.CultureInfo.InvariantCulture), "1 minute to 30 days");
        }
        Require.Defined("level", level);
        var secret = Base32.Encode(RandomNumberGenerator.GetBytes(16));
        codes.Add(new EnrolmentCodeEntry(Hash(secret), level, now, now + lifetime, null));
        return (secret, now + lifetime);
    }

    /// <summary>Drops codes that ended so long ago that a refusal need not say so.</summary>
    public static void Forget(List<EnrolmentCodeEntry> codes, DateTimeOffset now) => codes.RemoveAll(code => code.Expires <= now - Remembered);

    // Used or not, expired or not.
    private static EnrolmentCodeEntry Find(List<EnrolmentCodeEntry> codes, string secret)
    {
        var hash = Hash(secret).AsSpan();
        EnrolmentCodeEntry? found = null;
        foreach (var code in codes)
        {
            found = CryptographicOperations.FixedTimeEquals(code.SecretSha256.AsSpan(), hash) ? code : found;
        }
        return found ?? throw Unknown();
    }

    /// <summary>Said of wrong codes of every kind alike.</summary>
    public static RefusedException Unknown() => new(
        RefusalReason.CodeRefused, "This enrolment code is not known here. Check that all of it was pasted, or ask for a new one.");

    /// <summary>The code that <paramref name="claim"/> shows: unused and in time, or, with its <see cref="EnrolmentCodeEntry.Use"/>, shown again by the key that used it.</summary>
    /// <param name="codes">The grain's codes.</param>
    /// <param name="claim">What was shown.</param>
    /// <param name="now">The time.</param>
    /// <param name="usedAgain">Leaves a trace of a used code that somebody else shows, before he is refused.</param>
    /// <exception cref="RefusedException">There is no such code, it ended, or another key used it.</exception>
    public static async Task<EnrolmentCodeEntry> JudgeAsync(List<EnrolmentCodeEntry> codes, EnrolmentClaim claim, DateTimeOffset now, Func<Task> usedAgain)
    {
        var code = Find(codes, claim.Secret);
        if (code.Use is null)
        {
            return now < code.Expires ? code : throw Expired(code);
        }
        if (!IsAnsweredAgain(code.Use, claim.PublicKey, now))
        {
            await usedAgain();
            throw UsedByAnother(code);
        }
        return code;
    }

    /// <summary>Whether a used code is shown again by the key that used it, soon enough to be answered again.</summary>
    public static bool IsAnsweredAgain(EnrolmentCodeUse use, ImmutableArray<byte> publicKey, DateTimeOffset now) =>
        now - use.At <= AnswerAgain && use.PublicKeySha256.AsSpan().SequenceEqual(KeyHash(publicKey).AsSpan());

    /// <summary>Marks <paramref name="code"/> as used.</summary>
    public static void Spend(List<EnrolmentCodeEntry> codes, EnrolmentCodeEntry code, EnrolmentClaim claim, IssuedCertificate certificate, DateTimeOffset now) =>
        codes[codes.IndexOf(code)] = code with { Use = new EnrolmentCodeUse(now, KeyHash(claim.PublicKey), certificate) };

    private static RefusedException Expired(EnrolmentCodeEntry code) => new(
        RefusalReason.CodeRefused, $"This enrolment code ended at {code.Expires:yyyy-MM-dd HH:mm:ss} UTC. Ask for a new one.");

    private static RefusedException UsedByAnother(EnrolmentCodeEntry code) => new(
        RefusalReason.CodeUsed,
        $"This enrolment code was used at {code.Use!.At:yyyy-MM-dd HH:mm:ss} UTC for {code.Use.Certificate.Identity}. "
        + "A code works once: ask for a new one, and if it was not you who used it, have that certificate revoked.");

    public static ImmutableArray<byte> KeyHash(ImmutableArray<byte> publicKey) => [.. SHA256.HashData(publicKey.AsSpan())];

    private static ImmutableArray<byte> Hash(string secret) => [.. SHA256.HashData(Encoding.UTF8.GetBytes(secret))];
}
