using System.Security.Cryptography;
using System.Text;

namespace Headgate.EndToEnd.Tests.Secrets;

/// <summary>Opens what the server sealed under the operator secret, as somebody would who has both: <c>[1][12 bytes nonce][16 bytes tag][ciphertext]</c>, AES-256-GCM.</summary>
internal static class Sealed
{
    public static byte[] Open(string operatorSecret, string name, byte[] box)
    {
        var key = HKDF.DeriveKey(
            HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(operatorSecret), 32, salt: "headgate-secret-box"u8.ToArray(), info: Encoding.UTF8.GetBytes(name));
        using var cipher = new AesGcm(key, 16);
        var opened = new byte[box.Length - 29];
        cipher.Decrypt(box.AsSpan(1, 12), box.AsSpan(29), box.AsSpan(13, 16), opened, Encoding.UTF8.GetBytes(name));
        return opened;
    }
}
