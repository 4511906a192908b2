using System.Net;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Bootstrap;

/// <summary>An address at which a gateway may answer.</summary>
/// <param name="Gateway">Its id when a list named it.</param>
/// <param name="Endpoint">Where to dial, or null when the name has no address.</param>
/// <param name="Name">The name it came from.</param>
internal sealed record ProviderAddress(string? Gateway, IPEndPoint? Endpoint, string Name);

/// <summary>Where the provider can be reached: every address of its public name, then those of the last good gateway list.</summary>
internal sealed class ProviderAddresses(string publicName, int port, INameResolver resolver, Func<GatewayList?> lastList)
{
    /// <summary>For an enrolled machine.</summary>
    public ProviderAddresses(ProgramIdentity identity, INameResolver resolver, Func<GatewayList?> lastList)
        : this(identity.Host, identity.Port, resolver, lastList)
    {
    }

    /// <summary>The public name.</summary>
    public string PublicName => publicName;

    /// <summary>Each address once, in the order to try. Names are looked up as they are reached.</summary>
    public async IAsyncEnumerable<ProviderAddress> EnumerateAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
    {
        var seen = new HashSet<IPEndPoint>();
        await foreach (var address in OfAsync(null, publicName, port, seen, token))
        {
            yield return address;
        }

        foreach (var gateway in lastList()?.Gateways ?? [])
        {
            await foreach (var address in OfAsync(gateway.Gateway, gateway.Host, gateway.Port, seen, token))
            {
                yield return address;
            }
        }
    }

    private async IAsyncEnumerable<ProviderAddress> OfAsync(
        string? gateway, string name, int namePort, HashSet<IPEndPoint> seen,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
    {
        var addresses = await resolver.ResolveAsync(name, token);
        if (addresses.Count == 0)
        {
            yield return new ProviderAddress(gateway, null, name);
        }

        foreach (var address in addresses)
        {
            var endpoint = new IPEndPoint(address, namePort);
            if (seen.Add(endpoint))
            {
                yield return new ProviderAddress(gateway, endpoint, name);
            }
        }
    }
}
