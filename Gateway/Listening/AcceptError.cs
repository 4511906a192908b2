namespace Headgate.Gateway.Listening;

/// <summary>What an error of accept means for the loop.</summary>
internal enum AcceptError
{
    /// <summary>The socket was closed on purpose: the loop ends.</summary>
    Closed,

    /// <summary>The listening socket is of no more use: it is opened anew.</summary>
    Fatal,

    /// <summary>Descriptors, memory or the network ran out: wait, then go on. The backlog holds the connections meanwhile.</summary>
    Pressure,

    /// <summary>The connection went away before it was taken: go on at once.</summary>
    Peer,
}
