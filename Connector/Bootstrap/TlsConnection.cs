using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Headgate.Protocol.Sockets;

namespace Headgate.Connector.Bootstrap;

/// <summary>A TLS connection whose peer is who it must be. Owns the socket.</summary>
internal sealed class TlsConnection(Socket socket, SslStream stream, IPEndPoint endpoint) : IAsyncDisposable
{
    /// <summary>The encrypted stream.</summary>
    public SslStream Stream { get; } = stream;

    /// <summary>The application protocol that the peer selected of those offered (ALPN); empty when it selected none.</summary>
    public SslApplicationProtocol Protocol => Stream.NegotiatedApplicationProtocol;

    /// <summary>The address that answered.</summary>
    public IPEndPoint Endpoint { get; } = endpoint;

    /// <summary>
    /// Says in TLS that nothing more will be sent (close_notify, RFC 8446, section 6.1); reading goes on. TCP stays open both ways: ASP.NET Core's server
    /// takes a TCP end as the client's going away and drops the answer that is due.
    /// </summary>
    public Task EndWritingAsync() => Stream.ShutdownAsync();

    /// <summary>Whether an end of reading was a reset.</summary>
    public bool WasReset => SocketReset.Happened(socket);

    /// <summary>
    /// Ends it in order, for at most <paramref name="limit"/>: says so, and reads away what still comes. Closed with bytes unread it would be reset, and what was
    /// sent last might not arrive.
    /// </summary>
    public async Task EndAsync(TimeSpan limit, TimeProvider time)
    {
        using var over = new CancellationTokenSource(limit, time);
        var scrap = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            await Stream.ShutdownAsync().WaitAsync(over.Token);
            socket.Shutdown(SocketShutdown.Send);
            while (await socket.ReceiveAsync(scrap.AsMemory(), over.Token) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // The other side has gone, or takes its time: there was nothing left to get.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scrap, clearArray: true);
        }
    }

    /// <summary>Ends it with a TCP reset, so that the peer cannot take what it has for all there was.</summary>
    public void Abort() => SocketReset.Close(socket);

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        socket.Dispose();
    }
}
