using Headgate.Protocol.Edge;

namespace Headgate.Gateway.Routing;

/// <summary>Where a connection goes, or why nowhere. Exactly one of both.</summary>
/// <param name="Target">The target.</param>
/// <param name="Refusal">The reason.</param>
/// <param name="ServerName">With a target: the name that led there, a string that is kept and shared.</param>
/// <param name="Tenant">With a target: whose name it is; null where nobody owns it.</param>
/// <param name="BytesPerSecond">With a tenant: its bandwidth limit over all gateways together, each way; null: none.</param>
internal readonly record struct RouteAnswer(
    RelayTarget? Target, Refusal Refusal, string? ServerName = null, string? Tenant = null, long? BytesPerSecond = null)
{
    public static implicit operator RouteAnswer(Refusal refusal) => new(null, refusal);
}
