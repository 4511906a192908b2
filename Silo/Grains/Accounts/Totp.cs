using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Headgate.Silo.Grains.Accounts;

/// <summary>
/// Time-based one-time passwords (RFC 6238 over RFC 4226): HMAC-SHA1 over the number of 30 s steps since 1970 as 8 bytes, big-endian; 31 bits at the offset that
/// the last 4 bits say, modulo 10^6. Identity's provider reads the system's clock and does not say which step a code was of, which refusing a code that was used needs.
/// </summary>
internal static class Totp
{
    /// <summary>RFC 4226 section 4 recommends 160 bits.</summary>
    public const int KeyBytes = 20;

    public const int Digits = 6;

    private const int StepSeconds = 30;
    private const int Modulus = 1_000_000;

    // A step for a clock that is off, or for a slow typist, on either side (RFC 6238 section 5.2).
    private const int Tolerance = 1;

    /// <summary>The step that <paramref name="code"/> is of, among those near <paramref name="now"/> and later than <paramref name="after"/>; null when it is of none.</summary>
    public static long? Find(ReadOnlySpan<byte> key, string code, DateTimeOffset now, long after)
    {
        if (code.Length != Digits || !code.All(char.IsAsciiDigit))
        {
            return null;
        }
        var typed = int.Parse(code, NumberStyles.None, CultureInfo.InvariantCulture);
        long? found = null;
        var current = StepOf(now);
        // All of them, whichever fits.
        for (var step = current - Tolerance; step <= current + Tolerance; step++)
        {
            found = step > after && Compute(key, step) == typed ? step : found;
        }
        return found;
    }

    /// <summary>The code of a moment, with its leading zeros.</summary>
    public static string At(ReadOnlySpan<byte> key, DateTimeOffset moment) => Compute(key, StepOf(moment)).ToString("D6", CultureInfo.InvariantCulture);

    private static long StepOf(DateTimeOffset moment) => moment.ToUnixTimeSeconds() / StepSeconds;

    private static int Compute(ReadOnlySpan<byte> key, long step)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> hash = stackalloc byte[HMACSHA1.HashSizeInBytes];
#pragma warning disable CA5350 // SHA-1 is what authenticators compute; its collisions are no matter in an HMAC.
        HMACSHA1.HashData(key, counter, hash);
#pragma warning restore CA5350
        var offset = hash[^1] & 0x0F;
        return (int)((BinaryPrimitives.ReadUInt32BigEndian(hash[offset..]) & 0x7FFFFFFF) % Modulus);
    }
}
