namespace Headgate.Gateway.Relay.Epoll;

/// <summary>The listening sockets of one loop. On its own thread only.</summary>
internal sealed class LoopAcceptors(Poller poller)
{
    private readonly List<Acceptor> _acceptors = [];

    /// <summary>Begins to accept.</summary>
    public void Watch(Acceptor acceptor)
    {
        _acceptors.Add(acceptor);
        Resume(acceptor);
    }

    /// <summary>Ends accepting for good.</summary>
    public void Unwatch(Acceptor acceptor)
    {
        Pause(acceptor);

        // Its place stays: epoll's data names places.
        acceptor.IsDone = true;
        while (_acceptors.Count > 0 && _acceptors[^1].IsDone)
        {
            _acceptors.RemoveAt(_acceptors.Count - 1);
        }
    }

    public void Resume(Acceptor acceptor)
    {
        if (!acceptor.IsWatched)
        {
            poller.Add(acceptor.Socket, Libc.EpollIn | Libc.EpollExclusive, (ulong)_acceptors.IndexOf(acceptor) + 1);
            acceptor.IsWatched = true;
        }
    }

    public void Pause(Acceptor acceptor)
    {
        if (acceptor.IsWatched)
        {
            poller.Remove(acceptor.Socket);
            acceptor.IsWatched = false;
        }
    }

    /// <summary>Goes on with those that had paused.</summary>
    public void ResumePaused()
    {
        foreach (var acceptor in _acceptors)
        {
            if (acceptor is { IsPaused: true, IsDone: false })
            {
                acceptor.Resume();
            }
        }
    }

    /// <summary>Somebody waits to be accepted at the socket that epoll's data names.</summary>
    public void OnEvent(int place)
    {
        if (place <= _acceptors.Count)
        {
            _acceptors[place - 1].Accept();
        }
    }
}
