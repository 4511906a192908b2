namespace Headgate.Gateway.Listening;

/// <summary>Connections of an engine. Read from any thread while the engine goes on; takes no lock that serving a connection takes.</summary>
internal interface ILiveTable
{
    /// <summary>Shows those that are there; one that comes or goes meanwhile may be missing.</summary>
    void Visit(Action<LiveConnection> visitor);

    /// <summary>
    /// Ends those that <paramref name="ends"/> says, also one that found its way by what the caller removed just before and does not show it yet. The
    /// predicate may be called on other threads, after this returned.
    /// </summary>
    /// <returns>How many there were to see.</returns>
    int Abort(Func<LiveConnection, bool> ends);
}
