namespace Headgate.Repository.Access;

/// <summary>Why this side ended a live connection.</summary>
internal enum ConnectionEnd
{
    /// <summary>The run's route was closed, or given to somebody else.</summary>
    GrantClosed,

    /// <summary>The grant ended while a request was under way.</summary>
    GrantExpired,

    /// <summary>The access was closed, or a key that the connection used was revoked.</summary>
    AccessClosed,

    /// <summary>The gateway that it came through is no longer believed.</summary>
    GatewayRemoved,

    /// <summary>No byte moved for the stall time.</summary>
    Stalled,

    /// <summary>The answer was given, and the peer did not end its upload in time.</summary>
    NotDrained,

    /// <summary>A leg brought nothing for so long that its peer cannot be there; the session waits for another.</summary>
    LegSilent,

    /// <summary>A session that its connector never learned of: it asked for the same stream again, or is there and never said a word on it.</summary>
    Unclaimed,

    /// <summary>A session whose connector is there, on other streams of the run, and does not come back to this one: its tool went away meanwhile.</summary>
    Abandoned,
}
