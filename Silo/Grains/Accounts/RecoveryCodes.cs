using System.Security.Cryptography;
using System.Text;

namespace Headgate.Silo.Grains.Accounts;

/// <summary>Codes that each stand in for the authenticator once: 80 random bits, <c>abcd-efgh-ijkl-mnop</c>. Kept as SHA-256.</summary>
internal static class RecoveryCodes
{
    public const int Count = 10;

    private const int Length = 16;

    /// <summary>New codes for the user; <paramref name="hashes"/> is what to keep.</summary>
    public static ImmutableArray<string> Make(out List<ImmutableArray<byte>> hashes)
    {
        ImmutableArray<string> codes = [.. Enumerable.Range(0, Count).Select(_ => PasswordRules.Make())];
        hashes = [.. codes.Select(code => Hash(Plain(code)))];
        return codes;
    }

    /// <summary>Takes the code out of <paramref name="hashes"/>; false when it is none of them.</summary>
    public static bool Spend(List<ImmutableArray<byte>> hashes, string code)
    {
        var plain = Plain(code);
        if (plain.Length != Length)
        {
            return false;
        }
        var hash = Hash(plain);
        return hashes.RemoveAll(known => known.AsSpan().SequenceEqual(hash.AsSpan())) > 0;
    }

    // As people type: with or without dashes and spaces, in capitals.
    private static string Plain(string code) => string.Concat(code.Where(c => c is not (' ' or '-'))).ToLowerInvariant();

    private static ImmutableArray<byte> Hash(string plain) => [.. SHA256.HashData(Encoding.UTF8.GetBytes(plain))];
}
