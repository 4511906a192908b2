namespace Headgate.Repository.Resume;

/// <summary>Why a leg was refused, or came to nothing before it carried anything.</summary>
internal enum SessionRefusal
{
    /// <summary>Nothing of a first frame within 5 s, or not the whole of it.</summary>
    HelloLate,

    /// <summary>What came is no first frame.</summary>
    HelloMalformed,

    /// <summary>The peer went away before it was answered.</summary>
    PeerGone,

    /// <summary>No common version.</summary>
    Version,

    /// <summary>No session of that id.</summary>
    UnknownSession,

    /// <summary>A session of an earlier process.</summary>
    WrongEpoch,

    /// <summary>A session, or a route, of somebody else.</summary>
    NotYours,

    /// <summary>The proof of the session's secret is wrong.</summary>
    BadMac,

    /// <summary>Not above the newest leg's number.</summary>
    OldLeg,

    /// <summary>An offset outside of what was acknowledged and sent; the session is over.</summary>
    Offset,

    /// <summary>The two ends do not have the same bytes; the session is over.</summary>
    Hash,

    /// <summary>The tenant has as many sessions as it may have.</summary>
    TooManySessions,

    /// <summary>The host has no room for another session.</summary>
    NoRoom,

    /// <summary>The session is over, or its route is closed, or this process stops.</summary>
    Ended,
}
