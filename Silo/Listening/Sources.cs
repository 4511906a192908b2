using System.Net;
using System.Net.Sockets;

namespace Headgate.Silo.Listening;

/// <summary>What counts as one source: an IPv4 address, or the /64 of an IPv6 one.</summary>
internal static class Sources
{
    /// <summary>The source that an address belongs to.</summary>
    public static IPAddress Of(IPAddress address)
    {
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return new IPAddress(bytes);
    }
}
