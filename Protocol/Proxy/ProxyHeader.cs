using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Headgate.Protocol.Proxy;

/// <summary>
/// The PROXY protocol, version 2, as gateways write it in front of what they relay.
/// <code>
/// signature[12] = 0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A
/// version and command[1] = 0x21 (PROXY)   family[1] = 0x11 (TCP over IPv4) or 0x21 (TCP over IPv6)
/// length[2], big endian: bytes that follow, at most <see cref="MaxLength"/> - 16
/// source address, destination address, source port, destination port: 12 or 36 bytes
/// TLV 0x02 AUTHORITY: the server name of the ClientHello, ASCII
/// TLV 0xE0, ours, the last: [1 length of id][id][16 random][32 HMAC-SHA256]
/// </code>
/// The MAC covers every byte before it, under a key that one gateway and one target share; the target derives whom to believe from it and never
/// from an address. The addresses inside are "as told by that gateway".
/// </summary>
/// <param name="Source">The tenant's address and port as the gateway saw it.</param>
/// <param name="Destination">The gateway's own address and port.</param>
/// <param name="Authority">The server name, in lower case.</param>
/// <param name="Gateway">The gateway's id.</param>
public sealed record ProxyHeader(IPEndPoint Source, IPEndPoint Destination, string Authority, string Gateway)
{
    /// <summary>Bytes a header may have in all.</summary>
    public const int MaxLength = 1024;

    internal const int PreambleLength = 16;
    internal const int NonceLength = 16;
    internal const int MacLength = HMACSHA256.HashSizeInBytes;
    private const byte Command = 0x21;
    private const byte TcpOverIPv4 = 0x11;
    private const byte TcpOverIPv6 = 0x21;
    internal const byte AuthorityType = 0x02;
    internal const byte GatewayType = 0xE0;

    private static ReadOnlySpan<byte> Signature => [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    /// <summary>The header's bytes, authenticated under <paramref name="key"/>. An IPv4 address beside an IPv6 one is written as mapped.</summary>
    public byte[] Write(ReadOnlySpan<byte> key)
    {
        var source = Source.Address;
        var destination = Destination.Address;
        source = source.IsIPv4MappedToIPv6 ? source.MapToIPv4() : source;
        destination = destination.IsIPv4MappedToIPv6 ? destination.MapToIPv4() : destination;
        var isIPv4 = source.AddressFamily == AddressFamily.InterNetwork && destination.AddressFamily == AddressFamily.InterNetwork;
        var addressLength = isIPv4 ? 4 : 16;
        var authority = Encoding.ASCII.GetBytes(Authority);
        var gateway = Encoding.ASCII.GetBytes(Gateway);
        var gatewayValueLength = 1 + gateway.Length + NonceLength + MacLength;
        var bytes = new byte[PreambleLength + (2 * addressLength) + 4 + 3 + authority.Length + 3 + gatewayValueLength];

        WritePreamble(bytes, isIPv4);

        var rest = bytes.AsSpan(PreambleLength);
        (isIPv4 ? source : source.MapToIPv6()).TryWriteBytes(rest, out _);
        (isIPv4 ? destination : destination.MapToIPv6()).TryWriteBytes(rest[addressLength..], out _);
        rest = rest[(2 * addressLength)..];
        BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)Source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(rest[2..], (ushort)Destination.Port);
        rest = rest[4..];

        rest[0] = AuthorityType;
        BinaryPrimitives.WriteUInt16BigEndian(rest[1..], (ushort)authority.Length);
        authority.CopyTo(rest[3..]);
        rest = rest[(3 + authority.Length)..];

        rest[0] = GatewayType;
        BinaryPrimitives.WriteUInt16BigEndian(rest[1..], (ushort)gatewayValueLength);
        rest[3] = (byte)gateway.Length;
        gateway.CopyTo(rest[4..]);
        RandomNumberGenerator.Fill(rest.Slice(4 + gateway.Length, NonceLength));
        HMACSHA256.HashData(key, bytes.AsSpan(0, bytes.Length - MacLength), rest[^MacLength..]);
        return bytes;
    }

    /// <summary>
    /// Reads a header from the front of <paramref name="buffer"/>, and on <see cref="ProxyReadStatus.Ok"/> takes it off. Bytes that can no longer
    /// become a header are <see cref="ProxyReadStatus.Malformed"/> at once.
    /// </summary>
    /// <param name="buffer">What has come so far.</param>
    /// <param name="keyOfGateway">The key that a gateway shares with this target, or null when it is not to be believed.</param>
    /// <param name="header">The header, on <see cref="ProxyReadStatus.Ok"/>.</param>
    public static ProxyReadStatus TryRead(ref ReadOnlySequence<byte> buffer, Func<string, byte[]?> keyOfGateway, out ProxyHeader? header)
    {
        header = null;
        Span<byte> preamble = stackalloc byte[PreambleLength];
        var available = (int)Math.Min(buffer.Length, PreambleLength);
        buffer.Slice(0, available).CopyTo(preamble);
        var signed = Math.Min(available, Signature.Length);
        if (!preamble[..signed].SequenceEqual(Signature[..signed])
            || (available > 12 && preamble[12] != Command)
            || (available > 13 && preamble[13] is not (TcpOverIPv4 or TcpOverIPv6)))
        {
            return ProxyReadStatus.Malformed;
        }

        if (available < PreambleLength)
        {
            return ProxyReadStatus.NeedMore;
        }

        var length = PreambleLength + BinaryPrimitives.ReadUInt16BigEndian(preamble[14..]);
        if (length > MaxLength)
        {
            return ProxyReadStatus.Malformed;
        }

        if (buffer.Length < length)
        {
            return ProxyReadStatus.NeedMore;
        }

        Span<byte> bytes = stackalloc byte[length];
        buffer.Slice(0, length).CopyTo(bytes);
        var status = Parse(bytes, keyOfGateway, out header);
        if (status == ProxyReadStatus.Ok)
        {
            buffer = buffer.Slice(length);
        }

        return status;
    }

    /// <summary>What every header begins with; <paramref name="header"/> is the whole of it.</summary>
    internal static void WritePreamble(Span<byte> header, bool isIPv4)
    {
        Signature.CopyTo(header);
        header[12] = Command;
        header[13] = isIPv4 ? TcpOverIPv4 : TcpOverIPv6;
        BinaryPrimitives.WriteUInt16BigEndian(header[14..], checked((ushort)(header.Length - PreambleLength)));
    }

    private static ProxyReadStatus Parse(ReadOnlySpan<byte> bytes, Func<string, byte[]?> keyOfGateway, out ProxyHeader? header)
    {
        header = null;
        var addressLength = bytes[13] == TcpOverIPv4 ? 4 : 16;
        var rest = bytes[PreambleLength..];
        if (rest.Length < (2 * addressLength) + 4)
        {
            return ProxyReadStatus.Malformed;
        }

        var source = new IPEndPoint(
            new IPAddress(rest[..addressLength]), BinaryPrimitives.ReadUInt16BigEndian(rest[(2 * addressLength)..]));
        var destination = new IPEndPoint(
            new IPAddress(rest.Slice(addressLength, addressLength)), BinaryPrimitives.ReadUInt16BigEndian(rest[((2 * addressLength) + 2)..]));
        rest = rest[((2 * addressLength) + 4)..];

        string? authority = null;
        while (rest.Length >= 3)
        {
            var type = rest[0];
            var valueLength = BinaryPrimitives.ReadUInt16BigEndian(rest[1..]);
            if (rest.Length < 3 + valueLength)
            {
                return ProxyReadStatus.Malformed;
            }

            var value = rest.Slice(3, valueLength);
            rest = rest[(3 + valueLength)..];
            if (type == AuthorityType)
            {
                if (authority is not null || !Ascii.IsValid(value))
                {
                    return ProxyReadStatus.Malformed;
                }

                authority = Encoding.ASCII.GetString(value);
            }
            else if (type == GatewayType)
            {
                if (!rest.IsEmpty || authority is null || value.IsEmpty || value.Length != 1 + value[0] + NonceLength + MacLength)
                {
                    return ProxyReadStatus.Malformed;
                }

                var gateway = Encoding.ASCII.GetString(value.Slice(1, value[0]));
                if (keyOfGateway(gateway) is not { } key)
                {
                    return ProxyReadStatus.UnknownGateway;
                }

                Span<byte> expected = stackalloc byte[MacLength];
                HMACSHA256.HashData(key, bytes[..^MacLength], expected);
                if (!CryptographicOperations.FixedTimeEquals(expected, bytes[^MacLength..]))
                {
                    return ProxyReadStatus.BadMac;
                }

                header = new ProxyHeader(source, destination, authority, gateway);
                return ProxyReadStatus.Ok;
            }
        }

        return ProxyReadStatus.Malformed;
    }
}
