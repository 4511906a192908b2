namespace Headgate.Protocol.Edge;

/// <summary>What the silo says to a heartbeat.</summary>
/// <param name="WantedState">The wanted state.</param>
/// <param name="IntervalSeconds">When to send the next, before jitter.</param>
/// <param name="Bandwidth">This gateway's part of the bandwidth of each limited tenant that the heartbeat named, and of each whose limit was lifted. Default: nothing changes.</param>
/// <param name="DrainSecondsLeft">While draining: streams that are left after so many seconds are closed. Default: they have their own time.</param>
public sealed record GatewayHeartbeatAnswer(
    GatewayWantedState WantedState,
    double IntervalSeconds,
    IReadOnlyList<BandwidthShare>? Bandwidth = null,
    double? DrainSecondsLeft = null);
