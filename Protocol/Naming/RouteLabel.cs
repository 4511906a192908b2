using System.Security.Cryptography;

namespace Headgate.Protocol.Naming;

/// <summary>
/// The unguessable public name of a route: <c>base32(id[16] || HMAC-SHA256(key, "route-label" || id)[0..9])</c>, 40 characters.
/// The MAC lets a silo refuse forged labels without asking a grain or the database. A label says where, never who.
/// </summary>
public static class RouteLabel
{
    /// <summary>Characters in a label.</summary>
    public const int Length = 40;

    private const int IdBytes = 16;
    private const int MacBytes = 9;

    /// <summary>A fresh label, authenticated under <paramref name="key"/> (a silo key, at least 32 bytes).</summary>
    public static string Create(ReadOnlySpan<byte> key)
    {
        Span<byte> label = stackalloc byte[IdBytes + MacBytes];
        RandomNumberGenerator.Fill(label[..IdBytes]);
        Mac(key, label[..IdBytes], label[IdBytes..]);
        return Base32.Encode(label);
    }

    /// <summary>Whether <paramref name="label"/> was made under <paramref name="key"/>; constant time in the MAC.</summary>
    public static bool IsAuthentic(ReadOnlySpan<char> label, ReadOnlySpan<byte> key)
    {
        Span<byte> bytes = stackalloc byte[IdBytes + MacBytes];
        if (!Base32.TryDecode(label, bytes))
        {
            return false;
        }

        Span<byte> expected = stackalloc byte[MacBytes];
        Mac(key, bytes[..IdBytes], expected);
        return CryptographicOperations.FixedTimeEquals(expected, bytes[IdBytes..]);
    }

    private static void Mac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> id, Span<byte> destination)
    {
        Span<byte> input = stackalloc byte[11 + IdBytes];
        "route-label"u8.CopyTo(input);
        id.CopyTo(input[11..]);
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, input, mac);
        mac[..destination.Length].CopyTo(destination);
    }
}
