using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Headgate.Connector.Bootstrap;

/// <summary>A TLS connection whose peer is who it must be. Owns the socket.</summary>
internal sealed class TlsConnection(Socket socket, SslStream stream, IPEndPoint endpoint) : IAsyncDisposable
{
    /// <summary>The encrypted stream.</summary>
    public SslStream Stream { get; } = stream;

    /// <summary>The address that answered.</summary>
    public IPEndPoint Endpoint { get; } = endpoint;

    /// <summary>Says that nothing more will be sent, in TLS and in TCP; reading goes on.</summary>
    public async Task EndWritingAsync()
    {
        await Stream.ShutdownAsync();
        socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Ends it with a TCP reset, so that the peer cannot take what it has for all there was.</summary>
    public void Abort()
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed already: there is nothing left to reset.
        }

        socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        socket.Dispose();
    }
}
