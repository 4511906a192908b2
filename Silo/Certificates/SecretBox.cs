using System.Security.Cryptography;
using System.Text;

namespace Headgate.Silo.Certificates;

/// <summary>
/// Seals small secrets under the operator secret: AES-256-GCM with a key of its own for each name (HKDF-SHA256), the name as associated data, so that
/// one row cannot stand in for another. Layout: <c>[1 byte format][12 bytes nonce][16 bytes tag][ciphertext]</c>. Immutable; safe for concurrent use.
/// </summary>
internal sealed class SecretBox(OperatorSecret secret)
{
    private const byte Format = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int HeaderBytes = 1 + NonceBytes + TagBytes;

    /// <summary>The box of this silo's operator secret.</summary>
    /// <exception cref="AuthorityException">The secret cannot be read or made, or it is too short.</exception>
    public static SecretBox Of(SiloOptions options) =>
        new(OperatorSecret.Load(options.DataDirectory, Environment.GetEnvironmentVariable(OperatorSecret.Variable)));

    /// <summary>Seals <paramref name="plaintext"/> under <paramref name="name"/> with a fresh nonce.</summary>
    public byte[] Seal(string name, ReadOnlySpan<byte> plaintext)
    {
        var box = new byte[HeaderBytes + plaintext.Length];
        box[0] = Format;
        var nonce = box.AsSpan(1, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(KeyOf(name), TagBytes);
        cipher.Encrypt(nonce, plaintext, box.AsSpan(HeaderBytes), box.AsSpan(1 + NonceBytes, TagBytes), Encoding.UTF8.GetBytes(name));
        return box;
    }

    /// <summary>Opens what <see cref="Seal"/> made under the same name.</summary>
    /// <exception cref="AuthorityException">Another operator secret sealed it, or it was altered.</exception>
    public byte[] Open(string name, ReadOnlySpan<byte> box)
    {
        if (box.Length < HeaderBytes || box[0] != Format)
        {
            throw new AuthorityException($"The secret '{name}' in the database is not in a format that this version reads.");
        }

        var plaintext = new byte[box.Length - HeaderBytes];
        using var cipher = new AesGcm(KeyOf(name), TagBytes);
        try
        {
            cipher.Decrypt(
                box.Slice(1, NonceBytes),
                box[HeaderBytes..],
                box.Slice(1 + NonceBytes, TagBytes),
                plaintext,
                Encoding.UTF8.GetBytes(name));
        }
        catch (AuthenticationTagMismatchException exception)
        {
            throw new AuthorityException(
                $"The operator secret from {secret.Origin} does not open '{name}' in the database. Start with the secret that the database was made with.",
                exception);
        }

        return plaintext;
    }

    private byte[] KeyOf(string name) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret.Bytes, 32, salt: "headgate-secret-box"u8.ToArray(), info: Encoding.UTF8.GetBytes(name));
}
