namespace Headgate.Gateway.Relay.Epoll;

/// <summary>What a connection on an event loop is at.</summary>
internal enum Stage : byte
{
    /// <summary>Closed, or not begun.</summary>
    None,

    /// <summary>The ClientHello is not complete.</summary>
    Hello,

    /// <summary>The silo is asked where the name leads.</summary>
    Route,

    /// <summary>The target's name is being resolved, or the target has not taken the connection yet.</summary>
    Dial,

    /// <summary>Bytes go both ways.</summary>
    Relay,

    /// <summary>It was refused, and has a moment to read why.</summary>
    Refused,
}
