using Headgate.Protocol.Edge;

namespace Headgate.Gateway.Routing;

/// <summary>A route as this gateway remembers it.</summary>
/// <param name="Route">What the silo said.</param>
/// <param name="IsPushed">It came by stream or snapshot; its absence from a later snapshot means it was closed.</param>
internal sealed record CachedRoute(GatewayRoute Route, bool IsPushed)
{
    /// <summary>When somebody asked for it last, a timestamp.</summary>
    public long Used { get; set; }
}
