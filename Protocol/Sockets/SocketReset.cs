using System.Net.Sockets;

namespace Headgate.Protocol.Sockets;

/// <summary>Sends resets and tells them from clean ends: a reset turned into a clean end makes a torn backup look complete. Safe for concurrent use.</summary>
public static class SocketReset
{
    private const int TcpLevel = 6;
    private const int LinuxTcpInfo = 11;
    private const byte LinuxTcpClosed = 7;

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

    /// <summary>
    /// Whether what reads like a clean end was a reset. Linux gives the error to one call only: when a send meets it first, the receive after it returns
    /// 0. The state tells: a peer that ended in order leaves CLOSE_WAIT, a reset leaves CLOSE (tcp_states.h; first byte of TCP_INFO). Windows gives the
    /// error to both.
    /// </summary>
    public static bool Happened(Socket socket)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            Span<byte> state = stackalloc byte[1];
            return socket.GetRawSocketOption(TcpLevel, LinuxTcpInfo, state) == 1 && state[0] == LinuxTcpClosed;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return true;
        }
    }
}
