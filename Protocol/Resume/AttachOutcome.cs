namespace Headgate.Protocol.Resume;

/// <summary>How the wish for a new leg ended.</summary>
internal enum AttachOutcome
{
    Attached,

    /// <summary>A leg with that number or a higher one was there before.</summary>
    OldLeg,

    /// <summary>The session is over.</summary>
    Over,

    /// <summary>The peer's offset is outside of what is held; the session is over for that.</summary>
    OtherOffset,

    /// <summary>The peer has other bytes; the session is over for that.</summary>
    OtherBytes,

    /// <summary>The greeting failed.</summary>
    GivenUp,
}
