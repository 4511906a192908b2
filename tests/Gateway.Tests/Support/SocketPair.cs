using System.Net;
using System.Net.Sockets;

namespace Headgate.Gateway.Tests.Support;

/// <summary>Two sockets of one TCP connection over loopback.</summary>
internal sealed record SocketPair(Socket Near, Socket Far) : IDisposable
{
    public static async Task<SocketPair> CreateAsync(int? bufferBytes = null)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (bufferBytes is { } listenerBytes)
        {
            listener.ReceiveBufferSize = listenerBytes;
        }

        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var near = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (bufferBytes is { } bytes)
        {
            near.SendBufferSize = bytes;
            near.ReceiveBufferSize = bytes;
        }

        await near.ConnectAsync(listener.LocalEndPoint!);
        var far = await listener.AcceptAsync();
        if (bufferBytes is { } farBytes)
        {
            far.SendBufferSize = farBytes;
        }

        return new SocketPair(near, far);
    }

    public void Dispose()
    {
        Near.Dispose();
        Far.Dispose();
    }
}
