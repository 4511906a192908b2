namespace Headgate.Protocol.Resume;

/// <summary>What a sender put before its data.</summary>
internal enum Asked
{
    Nothing,

    /// <summary>An ACK without FIN, PING, PONG, FIN.</summary>
    Frames,

    /// <summary>An ACK of the peer's FIN among them.</summary>
    FinAcknowledged,

    /// <summary>RESET: the last frame.</summary>
    Reset,

    /// <summary>Nothing, and nothing will come: the session is over.</summary>
    Over,
}
