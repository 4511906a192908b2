namespace Headgate.Protocol.Edge;

/// <summary>What one open route carried in this repository, as the end that gateways cannot lie about.</summary>
/// <param name="ServerName">The route.</param>
/// <param name="BytesUp">Bytes received since the route was first used here.</param>
/// <param name="BytesDown">Bytes sent.</param>
/// <param name="Connections">Open connections.</param>
/// <param name="LastActivity">When bytes last moved.</param>
public sealed record RouteTraffic(
    string ServerName,
    long BytesUp,
    long BytesDown,
    int Connections,
    DateTimeOffset LastActivity);
