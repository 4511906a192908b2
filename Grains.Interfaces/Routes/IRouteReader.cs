namespace Headgate.Grains;

/// <summary>Server name to route. Stateless worker; key <c>routes</c>. A forged label costs neither a grain nor the database.</summary>
[Alias("headgate.route-reader")]
public interface IRouteReader : IGrainWithStringKey
{
    /// <summary>
    /// Where <paramref name="serverName"/> leads for <paramref name="gateway"/>, or null: unknown, closed, or a tenant bound to pools this gateway is not in.
    /// An access name that nobody has leads to some repository, so that it behaves as one with a wrong key does.
    /// </summary>
    Task<RouteInfo?> FindAsync(string serverName, string gateway, CancellationToken cancellationToken);
}
