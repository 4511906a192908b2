namespace Headgate.Protocol.Edge;

/// <summary>What the silo wants a gateway to be.</summary>
/// <param name="State">The wanted state.</param>
/// <param name="DrainSecondsLeft">While draining: streams that are left after so many seconds are closed. Default: they have their own time.</param>
public sealed record WantedStateChange(GatewayWantedState State, double? DrainSecondsLeft = null);
