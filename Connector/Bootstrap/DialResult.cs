namespace Headgate.Connector.Bootstrap;

/// <summary>Either a connection or how the address failed.</summary>
/// <param name="Connection">The caller's to dispose.</param>
/// <param name="Failed">Set when <paramref name="Connection"/> is null.</param>
internal readonly record struct DialResult(TlsConnection? Connection, DialAttempt? Failed);
