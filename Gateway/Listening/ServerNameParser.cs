using System.Buffers.Binary;
using Headgate.Protocol.Naming;

namespace Headgate.Gateway.Listening;

/// <summary>
/// The data of a <c>server_name</c> extension (RFC 6066 section 3), strictly: one entry, a host name, a DNS name in ASCII without a trailing dot,
/// no address. Whatever two readers could understand differently is refused, because the target reads it again.
/// </summary>
internal static class ServerNameParser
{
    private const byte HostName = 0;

    /// <summary>The longest name there can be.</summary>
    public const int MaxNameBytes = 253;

    /// <summary>The name in lower case; false when the list is anything but one valid host name.</summary>
    /// <param name="data">The extension's data.</param>
    /// <param name="lower">Room for the name: at least <see cref="MaxNameBytes"/>.</param>
    /// <param name="length">How long the name is.</param>
    public static bool TryParse(ReadOnlySpan<byte> data, Span<char> lower, out int length)
    {
        length = 0;
        if (data.Length < 5
            || BinaryPrimitives.ReadUInt16BigEndian(data) != data.Length - 2
            || data[2] != HostName
            || BinaryPrimitives.ReadUInt16BigEndian(data[3..]) != data.Length - 5
            || data.Length - 5 is 0 or > MaxNameBytes)
        {
            return false;
        }

        foreach (var b in data[5..])
        {
            lower[length++] = b is >= (byte)'A' and <= (byte)'Z' ? (char)(b | 0x20) : (char)b;
        }

        var host = lower[..length];
        if (!ZoneNames.IsDnsName(host) || EndsInNumber(host))
        {
            length = 0;
            return false;
        }

        return true;
    }

    /// <summary>No top-level domain is a number; a name that ends in one is an IPv4 address in some spelling.</summary>
    private static bool EndsInNumber(ReadOnlySpan<char> host)
    {
        // By hand: the library's vectorized search allocates when it is compiled into a caller.
        var i = host.Length;
        while (i > 0 && char.IsAsciiDigit(host[i - 1]))
        {
            i--;
        }

        return i < host.Length && (i == 0 || host[i - 1] == '.');
    }
}
