namespace Headgate.Gateway.Relay.Epoll;

/// <summary>One socket of a connection, and what epoll was told about it.</summary>
internal struct Side
{
    /// <summary>The descriptor; -1: none.</summary>
    public int Socket;

    /// <summary>What is wanted of it.</summary>
    public uint Wanted;

    /// <summary>It is in the poll set, so that errors are told.</summary>
    public bool IsWatched;

    /// <summary>Both of its directions have ended, which epoll would tell without end: it is out of the set until something is wanted.</summary>
    public bool HasHungUp;

    /// <summary>Closes the socket, if there is one, by reset or in order.</summary>
    public void Close(bool isReset)
    {
        if (Socket < 0)
        {
            return;
        }

        if (isReset)
        {
            Libc.Reset(Socket);
        }
        else
        {
            _ = Libc.Close(Socket);
        }

        this = new Side { Socket = -1 };
    }
}
