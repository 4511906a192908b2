namespace Headgate.Protocol.Edge;

/// <summary>Where a server name leads.</summary>
/// <param name="ServerName">The <c>r-</c> or <c>a-</c> name, in lower case.</param>
/// <param name="Target">The id of a <see cref="RelayTarget"/>.</param>
/// <param name="Tenant">The tenant, for limits and counters; null where nobody owns the name.</param>
/// <param name="Expires">Not used for new connections after this; refreshed while the run goes on.</param>
/// <param name="BytesPerSecond">The tenant's bandwidth limit over all gateways together, each way. Default: none.</param>
public sealed record GatewayRoute(
    string ServerName,
    string Target,
    string? Tenant,
    DateTimeOffset Expires,
    long? BytesPerSecond = null);
