using Headgate.Connector.Bootstrap;

namespace Headgate.Connector.Forwarding;

/// <summary>A connection to the run's repository and the gateway that it goes over.</summary>
/// <param name="Tls">The connection; the caller's to dispose.</param>
/// <param name="Gateway">The gateway's id.</param>
internal sealed record RouteConnection(TlsConnection Tls, string Gateway);
