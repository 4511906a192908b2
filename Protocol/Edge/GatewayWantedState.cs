namespace Headgate.Protocol.Edge;

/// <summary>What the silo wants a gateway to be. Carried by name.</summary>
public enum GatewayWantedState
{
    /// <summary>Accept and relay.</summary>
    Active,

    /// <summary>In no list; accept nothing new; let streams finish.</summary>
    Draining,

    /// <summary>Close the listening sockets and every stream.</summary>
    Disabled,
}
