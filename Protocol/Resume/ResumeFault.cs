namespace Headgate.Protocol.Resume;

/// <summary>Why a session was reset. The numbers are on the wire, in RESET; the names are for counters.</summary>
public enum ResumeFault : byte
{
    /// <summary>None, or a number that this version does not know.</summary>
    None = 0,

    /// <summary>A frame of a type that does not exist.</summary>
    UnknownFrame = 1,

    /// <summary>A frame that has its place at the beginning of a leg only.</summary>
    UnexpectedFrame = 2,

    /// <summary>A frame that says it is longer than its type may be.</summary>
    FrameTooLong = 3,

    /// <summary>A frame whose length or content does not fit its type.</summary>
    FrameMalformed = 4,

    /// <summary>DATA that begins beyond what was received.</summary>
    DataGap = 5,

    /// <summary>DATA that begins before what was received.</summary>
    DataOverlap = 6,

    /// <summary>DATA, or another FIN with another offset, after FIN.</summary>
    DataAfterFin = 7,

    /// <summary>An ACK below an earlier one.</summary>
    AckBackwards = 8,

    /// <summary>An ACK above what was sent, or of a FIN that was not sent.</summary>
    AckBeyondSent = 9,

    /// <summary>A FIN whose offset is not what was received.</summary>
    FinMismatch = 10,

    /// <summary>A new leg's offset is outside of what was acknowledged and sent.</summary>
    OffsetOutside = 11,

    /// <summary>A new leg's hash shows that both ends do not have the same bytes.</summary>
    HashMismatch = 12,

    /// <summary>The server's answer to RESUME is not authentic, or not an answer.</summary>
    AnswerForged = 13,

    /// <summary>The application reset its connection.</summary>
    ApplicationReset = 14,

    /// <summary>The right to this session ended: revoked, expired, disabled.</summary>
    Revoked = 15,

    /// <summary>The program stops.</summary>
    Stopping = 16,

    /// <summary>No leg came within <see cref="ResumeLimits.Wait"/>.</summary>
    Expired = 17,

    /// <summary>The run was cancelled.</summary>
    Cancelled = 18,

    /// <summary>Bytes did not move for longer than the stall rule allows.</summary>
    Stalled = 19,
}
