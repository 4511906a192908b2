namespace Headgate.Gateway.Relay.Epoll;

/// <summary>How sockets are set up. On the listening socket, where it is done once: Linux hands these settings on to what is accepted.</summary>
internal static class EdgeSocket
{
    private const int IdleSeconds = 60;
    private const int IntervalSeconds = 15;
    private const int Probes = 4;

    /// <summary>As long as a silent peer has with keep-alive.</summary>
    private const int UnansweredMilliseconds = (IdleSeconds + (IntervalSeconds * Probes)) * 1000;

    public static void PrepareListener(int listener)
    {
        Libc.SetNoDelay(listener);
        KeepAlive(listener);
    }

    public static void KeepAlive(int socket) => Libc.SetKeepAlive(socket, IdleSeconds, IntervalSeconds, Probes, UnansweredMilliseconds);
}
