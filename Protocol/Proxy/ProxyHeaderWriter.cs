using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Headgate.Protocol.Proxy;

/// <summary>
/// Writes <see cref="ProxyHeader"/>s without an allocation for each: keys are set up once for each target, random bytes are drawn for many. Not safe for
/// concurrent use.
/// </summary>
public sealed class ProxyHeaderWriter : IDisposable
{
    private const int MaxKeys = 256;

    private readonly byte[] _gateway;
    private readonly Dictionary<byte[], IncrementalHash> _macs = new(ReferenceEqualityComparer.Instance);
    private readonly byte[] _nonces = new byte[ProxyHeader.NonceLength * 256];
    private int _nonce;

    /// <summary>A writer of <paramref name="gateway"/>'s headers.</summary>
    public ProxyHeaderWriter(string gateway)
    {
        _gateway = Encoding.ASCII.GetBytes(gateway);
        _nonce = _nonces.Length;
    }

    /// <summary>The header of a connection; returns its length.</summary>
    /// <param name="into">At least <see cref="ProxyHeader.MaxLength"/> bytes.</param>
    /// <param name="addresses">Source address, then destination address: two of 4 bytes, or two of 16.</param>
    /// <param name="sourcePort">The tenant's port.</param>
    /// <param name="destinationPort">The gateway's port.</param>
    /// <param name="authority">The server name, in lower case.</param>
    /// <param name="key">The target's key. The same array is taken for the same key.</param>
    public int Write(
        Span<byte> into, ReadOnlySpan<byte> addresses, ushort sourcePort, ushort destinationPort, ReadOnlySpan<char> authority, byte[] key)
    {
        var gatewayValueLength = 1 + _gateway.Length + ProxyHeader.NonceLength + ProxyHeader.MacLength;
        var length = ProxyHeader.PreambleLength + addresses.Length + 4 + 3 + authority.Length + 3 + gatewayValueLength;
        into = into[..length];
        ProxyHeader.WritePreamble(into, isIPv4: addresses.Length == 8);
        var rest = into[ProxyHeader.PreambleLength..];
        addresses.CopyTo(rest);
        rest = rest[addresses.Length..];
        BinaryPrimitives.WriteUInt16BigEndian(rest, sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(rest[2..], destinationPort);
        rest = rest[4..];

        rest[0] = ProxyHeader.AuthorityType;
        BinaryPrimitives.WriteUInt16BigEndian(rest[1..], (ushort)authority.Length);
        Encoding.ASCII.GetBytes(authority, rest[3..]);
        rest = rest[(3 + authority.Length)..];

        rest[0] = ProxyHeader.GatewayType;
        BinaryPrimitives.WriteUInt16BigEndian(rest[1..], (ushort)gatewayValueLength);
        rest[3] = (byte)_gateway.Length;
        _gateway.CopyTo(rest[4..]);
        Nonce().CopyTo(rest[(4 + _gateway.Length)..]);

        var mac = Mac(key);
        mac.AppendData(into[..^ProxyHeader.MacLength]);
        mac.GetHashAndReset(into[^ProxyHeader.MacLength..]);
        return length;
    }

    /// <inheritdoc/>
    public void Dispose() => Forget();

    private ReadOnlySpan<byte> Nonce()
    {
        if (_nonce == _nonces.Length)
        {
            RandomNumberGenerator.Fill(_nonces);
            _nonce = 0;
        }

        var nonce = _nonces.AsSpan(_nonce, ProxyHeader.NonceLength);
        _nonce += ProxyHeader.NonceLength;
        return nonce;
    }

    private IncrementalHash Mac(byte[] key)
    {
        if (_macs.TryGetValue(key, out var mac))
        {
            return mac;
        }

        if (_macs.Count >= MaxKeys)
        {
            Forget();
        }

        mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        _macs.Add(key, mac);
        return mac;
    }

    private void Forget()
    {
        foreach (var mac in _macs.Values)
        {
            mac.Dispose();
        }

        _macs.Clear();
    }
}
