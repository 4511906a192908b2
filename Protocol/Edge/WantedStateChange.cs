namespace Headgate.Protocol.Edge;

/// <summary>What the silo wants a gateway to be.</summary>
/// <param name="State">The wanted state.</param>
public sealed record WantedStateChange(GatewayWantedState State);
