using Headgate.Protocol.Edge;

namespace Headgate.Gateway.Routing;

/// <summary>Where a connection goes, or why nowhere. Exactly one of both.</summary>
/// <param name="Target">The target.</param>
/// <param name="Refusal">The reason.</param>
internal readonly record struct RouteAnswer(RelayTarget? Target, Refusal Refusal)
{
    public static implicit operator RouteAnswer(Refusal refusal) => new(null, refusal);
}
