using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Headgate.Protocol.Edge;

namespace Headgate.Gateway.Tests.Support;

/// <summary>A target that sends back whatever comes behind the PROXY header, for thousands of connections at once.</summary>
internal sealed class EchoTarget : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Task _accepting;
    private int _open;

    public EchoTarget()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(4096);
        _accepting = AcceptAsync();
    }

    /// <summary>Connections that have not ended.</summary>
    public int Open => Volatile.Read(ref _open);

    public RelayTarget Target(string id) => new(id, "127.0.0.1", ((IPEndPoint)_listener.LocalEndPoint!).Port, new byte[32]);

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        await Eventually.EqualAsync(0, () => Open);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync();
                Interlocked.Increment(ref _open);
                _ = EchoAsync(socket);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    /// <summary>Never throws; <see cref="DisposeAsync"/> waits for it.</summary>
    private async Task EchoAsync(Socket socket)
    {
        try
        {
            var header = new byte[16];
            await socket.ReceiveExactlyAsync(header);
            await socket.ReceiveExactlyAsync(new byte[BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(14))]);
            var buffer = new byte[8 * 1024];
            while (true)
            {
                if (await socket.ReceiveAsync(buffer) is not (> 0 and var received))
                {
                    return;
                }

                for (var rest = buffer.AsMemory(0, received); !rest.IsEmpty;)
                {
                    rest = rest[await socket.SendAsync(rest)..];
                }
            }
        }
        catch (SocketException)
        {
            // The client misses what it sent, and says so.
        }
        finally
        {
            socket.Dispose();
            Interlocked.Decrement(ref _open);
        }
    }
}
