namespace Headgate.Protocol.Edge;

/// <summary>How many connections a repository holds that came through one gateway. What that gateway says of its own load is set against it.</summary>
/// <param name="Gateway">The gateway's id, by the MAC of its PROXY headers.</param>
/// <param name="Connections">Open connections, idle ones too; of resumable streams those that carry one now.</param>
public sealed record GatewayConnections(
    string Gateway,
    int Connections);
