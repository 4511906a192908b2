using System.Net;
using System.Net.Sockets;

namespace Headgate.Connector.Bootstrap;

/// <summary>Names given with <c>--resolve</c> first, then the system's resolver. Addresses stand for themselves.</summary>
internal sealed class NameResolver(IReadOnlyDictionary<string, IReadOnlyList<IPAddress>> given) : INameResolver
{
    public async Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken token)
    {
        if (IPAddress.TryParse(host, out var address))
        {
            return [address];
        }

        if (given.TryGetValue(host.ToLowerInvariant(), out var addresses))
        {
            return addresses;
        }

        try
        {
            return [.. (await Dns.GetHostAddressesAsync(host, AddressFamily.Unspecified, token)).Distinct()];
        }
        catch (SocketException)
        {
            // Unknown name, or no name service: for the caller both mean that there is nothing to dial, and it says so.
            return [];
        }
    }
}
