using System.Security.Cryptography;
using System.Text;

namespace Headgate.Connector.Forwarding;

/// <summary>The user and password that the tool must show on the loopback port; made for one run and kept in memory and the tool's environment only.</summary>
internal sealed class LoopbackSecret
{
    /// <summary>The user part.</summary>
    public const string User = "headgate";

    private const int SecretBytes = 24;
    private readonly byte[] _hash;

    public LoopbackSecret()
    {
        Password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes));
        _hash = SHA256.HashData(Encoding.ASCII.GetBytes($"{User}:{Password}"));
    }

    /// <summary>The password part: 48 hexadecimal digits. Never log it.</summary>
    public string Password { get; }

    /// <summary>
    /// Whether <paramref name="credentials"/> (<c>user:password</c>) are these. Hashes are compared, in constant time, so that neither the length nor
    /// the first wrong byte shows in the time it takes.
    /// </summary>
    public bool Matches(ReadOnlySpan<byte> credentials)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(credentials, hash);
        return CryptographicOperations.FixedTimeEquals(hash, _hash);
    }
}
