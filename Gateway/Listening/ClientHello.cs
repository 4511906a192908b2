namespace Headgate.Gateway.Listening;

/// <summary>What the gateway takes from a ClientHello.</summary>
/// <param name="ServerName">The host name asked for, in lower case; null when none was sent.</param>
/// <param name="Fault">Why it is malformed; <see cref="ClientHelloFault.None"/> otherwise.</param>
internal readonly record struct ClientHello(string? ServerName, ClientHelloFault Fault);
