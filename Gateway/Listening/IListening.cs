namespace Headgate.Gateway.Listening;

/// <summary>One listening socket in the hands of an engine.</summary>
internal interface IListening
{
    /// <summary>Ends when the socket is broken, with why, or after <see cref="StopAsync"/>.</summary>
    Task Ended { get; }

    /// <summary>
    /// Serves what waits in the backlog already (closing would reset it), then closes the socket. Connections that were taken go on. Never throws.
    /// </summary>
    Task StopAsync();
}
