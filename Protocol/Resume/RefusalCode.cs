namespace Headgate.Protocol.Resume;

/// <summary>Why a server refuses a leg. The numbers are on the wire.</summary>
public enum RefusalCode : byte
{
    /// <summary>No common version.</summary>
    Version = 1,

    /// <summary>No session of that id is remembered.</summary>
    UnknownSession = 2,

    /// <summary>The repository was restarted since; it knows none of its sessions.</summary>
    WrongEpoch = 3,

    /// <summary>The session belongs to another tenant, connector, repository or server name.</summary>
    NotYours = 4,

    /// <summary>The MAC is wrong.</summary>
    BadMac = 5,

    /// <summary>A leg with that number or a higher one was there before.</summary>
    OldLeg = 6,

    /// <summary>The offset is outside of what was acknowledged and sent. The session is over.</summary>
    Offset = 7,

    /// <summary>Both ends do not have the same bytes. The session is over.</summary>
    Hash = 8,

    /// <summary>The tenant has as many sessions as it may have.</summary>
    TooManySessions = 9,

    /// <summary>The host has no room for another session's buffers.</summary>
    NoRoom = 10,

    /// <summary>The session is over.</summary>
    Ended = 11,
}
