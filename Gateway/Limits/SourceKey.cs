using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Headgate.Gateway.Limits;

/// <summary>Whom a limit per source counts as one: an IPv4 address, or an IPv6 network of 64 bits (one site has all of it to choose from).</summary>
/// <param name="IsIPv6">Which of the two.</param>
/// <param name="Bits">The 32 bits of the address or the first 64 of the network.</param>
internal readonly record struct SourceKey(bool IsIPv6, ulong Bits)
{
    public static SourceKey Of(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? new SourceKey(true, BinaryPrimitives.ReadUInt64BigEndian(bytes))
            : new SourceKey(false, BinaryPrimitives.ReadUInt32BigEndian(bytes));
    }
}
