namespace Headgate.Protocol.Edge;

/// <summary>What the silo says to a heartbeat.</summary>
/// <param name="WantedState">The wanted state.</param>
/// <param name="IntervalSeconds">When to send the next, before jitter.</param>
public sealed record GatewayHeartbeatAnswer(GatewayWantedState WantedState, double IntervalSeconds);
