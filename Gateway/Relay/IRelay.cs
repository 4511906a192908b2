namespace Headgate.Gateway.Relay;

/// <summary>
/// Moves bytes both ways between a tenant and a target until both directions ended or one fault ends both. An end of stream on one side is passed on
/// as a half-close; a reset is passed on as a reset, because a torn stream must never look like a complete one.
/// </summary>
/// <remarks>Implementations may run connections on threads of their own; callers only await the result.</remarks>
internal interface IRelay
{
    /// <summary>Relays until the end. Takes ownership of both sockets. Never throws: a fault of the program is <see cref="RelayEnd.Fault"/>.</summary>
    /// <param name="connection">The sockets and the head.</param>
    /// <param name="abort">Ends the relay at once with <see cref="RelayEnd.Aborted"/>.</param>
    Task<RelayResult> RunAsync(RelayConnection connection, CancellationToken abort);
}
