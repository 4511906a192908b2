using System.Net;
using System.Net.Sockets;

namespace Headgate.Gateway.Listening;

/// <summary>Makes the sockets that tenants connect to.</summary>
internal static class ListeningSocket
{
    private const int Backlog = 1024;
    private const int LinuxSolSocket = 1;
    private const int LinuxSoReuseAddr = 2;

    /// <summary>
    /// A socket bound to <paramref name="endPoint"/> that does not listen yet: the port is held, connections are refused.
    /// </summary>
    /// <exception cref="SocketException">The address is not this machine's, or the port is taken.</exception>
    public static Socket Bind(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (OperatingSystem.IsLinux())
            {
                // Relayed connections of an earlier listening socket, or of an earlier process, keep the port in use; this lets it be bound beside them.
                // The managed option would set SO_REUSEPORT too, and let two gateways share a port by mistake.
                socket.SetRawSocketOption(LinuxSolSocket, LinuxSoReuseAddr, BitConverter.GetBytes(1));
            }

            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
            {
                // [::] beside 0.0.0.0 on one port.
                socket.DualMode = false;
            }

            socket.Bind(endPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Begins to accept.</summary>
    /// <exception cref="SocketException">Another program listens there.</exception>
    public static void Listen(Socket socket) => socket.Listen(Backlog);
}
