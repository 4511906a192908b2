using System.Net.Sockets;

namespace Headgate.Connector.Bootstrap;

/// <summary>Closes a socket so that the peer sees a reset.</summary>
internal static class SocketReset
{
    /// <summary>
    /// Closes <paramref name="socket"/> with a TCP reset. <c>Close(0)</c> and not <c>Dispose</c>: with a receive pending, the latter first shuts the
    /// socket down in order, and the peer reads a clean end before the reset.
    /// </summary>
    public static void Close(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed already: there is nothing left to reset.
        }

        socket.Close(0);
    }
}
