using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Headgate.EndToEnd.Tests.Secrets;

/// <summary>What an authenticator shows (RFC 6238, six digits, 30 s, HMAC-SHA1).</summary>
internal static class OneTimeCode
{
    public static string Now(byte[] key)
    {
        var counter = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 30);
#pragma warning disable CA5350 // The algorithm of every authenticator.
        var hash = HMACSHA1.HashData(key, counter);
#pragma warning restore CA5350
        return ((BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(hash[^1] & 0x0F)) & 0x7FFFFFFF) % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }
}
