namespace Headgate.Connector.Forwarding;

/// <summary>Limits of the loopback port.</summary>
/// <param name="Head">How long the first request head may take.</param>
/// <param name="Drain">How long what a refused client still sends is read away, so that it sees the answer and not a reset.</param>
/// <param name="Connections">Most connections at once; more wait in the listening queue.</param>
internal sealed record ForwarderLimits(TimeSpan Head, TimeSpan Drain, int Connections)
{
    /// <summary>5 s, 5 s, 256.</summary>
    public static ForwarderLimits Default { get; } = new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5), 256);
}
