using System.Net;

namespace Headgate.Connector.Bootstrap;

/// <summary>Finds the addresses of a host name.</summary>
internal interface INameResolver
{
    /// <summary>All A and AAAA records, in the order to try them. Empty when the name has none or the name service is away.</summary>
    Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken token);
}
