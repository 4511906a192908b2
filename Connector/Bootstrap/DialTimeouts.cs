namespace Headgate.Connector.Bootstrap;

/// <summary>How long one address may take before the next is tried.</summary>
/// <param name="Connect">For the TCP connection.</param>
/// <param name="Tls">For the TLS handshake after it.</param>
internal sealed record DialTimeouts(TimeSpan Connect, TimeSpan Tls)
{
    /// <summary>3 s each.</summary>
    public static DialTimeouts Default { get; } = new(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3));
}
