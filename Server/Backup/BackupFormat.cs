using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Headgate.Server.Backup;

/// <summary>
/// A backup file: a header, then a tar archive in encrypted chunks.
/// <code>
/// header   8  "HGBACKUP"
///          2  format, big-endian (every number is)
///          4  rounds of PBKDF2-HMAC-SHA256, 100,000 to 10,000,000
///         16  salt
///          7  nonce prefix
///         32  HMAC-SHA256 of the 37 bytes above: tells a wrong passphrase from a damaged file
/// chunk       at most 1 MiB of plaintext as AES-256-GCM ciphertext, then 16 bytes of tag; every one but the last is full
///             nonce: prefix, number of the chunk (4 bytes, from 0), 1 for the last chunk and 0 for others (1 byte)
///             associated data: the header
/// </code>
/// The passphrase gives 64 bytes: the chunks' key and the header's. A chunk that is missing, moved, doubled or cut off does not open, and a file without a last
/// chunk is torn. The first entry of the archive is <c>manifest.json</c>; the others are named in it with size and SHA-256.
/// </summary>
internal sealed class BackupFormat : IDisposable
{
    public const ushort Current = 1;
    public const int ChunkBytes = 1 << 20;
    public const int TagBytes = 16;
    public const int HeaderBytes = SignedBytes + MacBytes;
    public const int DefaultRounds = 600_000;

    private const int MinRounds = 100_000;
    private const int MaxRounds = 10_000_000;
    private const int SaltBytes = 16;
    private const int PrefixBytes = 7;
    private const int NonceBytes = 12;
    private const int KeyBytes = 32;
    private const int SaltAt = 14;
    private const int PrefixAt = SaltAt + SaltBytes;
    private const int SignedBytes = PrefixAt + PrefixBytes;
    private const int MacBytes = 32;

    private readonly byte[] _header;
    private readonly AesGcm _cipher;

    private BackupFormat(byte[] header, byte[] keys)
    {
        _header = header;
        _cipher = new AesGcm(keys.AsSpan(0, KeyBytes), TagBytes);
    }

    private static ReadOnlySpan<byte> Magic => "HGBACKUP"u8;

    /// <summary>The header as it stands in the file.</summary>
    public ReadOnlyMemory<byte> Header => _header;

    /// <summary>A new file's header and keys.</summary>
    public static BackupFormat Create(string passphrase, int rounds = DefaultRounds)
    {
        var header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(8), Current);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(10), rounds);
        RandomNumberGenerator.Fill(header.AsSpan(SaltAt, SaltBytes + PrefixBytes));
        var keys = KeysOf(header, passphrase);
        HMACSHA256.HashData(keys.AsSpan(KeyBytes), header.AsSpan(0, SignedBytes), header.AsSpan(SignedBytes));
        return new BackupFormat(header, keys);
    }

    /// <summary>The keys of a file with that header.</summary>
    /// <exception cref="BackupException">It is no backup, a newer one, or the passphrase is another.</exception>
    public static BackupFormat Open(byte[] header, string passphrase)
    {
        if (!header.AsSpan().StartsWith(Magic))
        {
            throw new BackupException("It is not a backup of a Headgate server: it does not begin as one.");
        }

        var format = BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(8));
        if (format > Current)
        {
            throw new BackupException(
                $"It is a backup of format {format}; this headgate-server reads up to {Current}. Restore it with the version that made it, or a newer one.");
        }

        var rounds = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(10));
        if (format == 0 || rounds is < MinRounds or > MaxRounds)
        {
            throw new BackupException("Its header is damaged. Use another backup.");
        }

        var keys = KeysOf(header, passphrase);
        var mac = HMACSHA256.HashData(keys.AsSpan(KeyBytes), header.AsSpan(0, SignedBytes));
        return CryptographicOperations.FixedTimeEquals(mac, header.AsSpan(SignedBytes))
            ? new BackupFormat(header, keys)
            : throw new BackupException("The passphrase is not the one that the backup was made with (or the file's first bytes are damaged).");
    }

    /// <summary>Encrypts a chunk: ciphertext, then tag.</summary>
    public void Seal(uint number, bool isLast, ReadOnlySpan<byte> plaintext, Span<byte> chunk)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        NonceOf(number, isLast, nonce);
        _cipher.Encrypt(nonce, plaintext, chunk[..plaintext.Length], chunk.Slice(plaintext.Length, TagBytes), _header);
    }

    /// <summary>Decrypts a chunk; false when it is not that chunk of this file.</summary>
    public bool TryOpen(uint number, bool isLast, ReadOnlySpan<byte> chunk, Span<byte> plaintext)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        NonceOf(number, isLast, nonce);
        var length = chunk.Length - TagBytes;
        try
        {
            _cipher.Decrypt(nonce, chunk[..length], chunk[length..], plaintext[..length], _header);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose() => _cipher.Dispose();

    private static byte[] KeysOf(byte[] header, string passphrase) => Rfc2898DeriveBytes.Pbkdf2(
        Encoding.UTF8.GetBytes(passphrase),
        header.AsSpan(SaltAt, SaltBytes),
        BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(10)),
        HashAlgorithmName.SHA256,
        2 * KeyBytes);

    private void NonceOf(uint number, bool isLast, Span<byte> nonce)
    {
        _header.AsSpan(PrefixAt, PrefixBytes).CopyTo(nonce);
        BinaryPrimitives.WriteUInt32BigEndian(nonce[PrefixBytes..], number);
        nonce[^1] = isLast ? (byte)1 : (byte)0;
    }
}
