using Headgate.Protocol.Edge;

namespace Headgate.Gateway.Routing;

/// <summary>All that the cache knows of a name, at one moment.</summary>
/// <param name="Finding">Whether there is a route; <see cref="RouteFinding.Fresh"/> for names that need none.</param>
/// <param name="ServerName">The name; null when the cache does not know it.</param>
/// <param name="Route">The route; null for names that need none, too.</param>
/// <param name="Target">The registered target; null when there is none.</param>
/// <param name="Silence">How long the silo has not been heard; null when it never was.</param>
internal readonly record struct CachedAnswer(RouteFinding Finding, string? ServerName, GatewayRoute? Route, RelayTarget? Target, TimeSpan? Silence);
