using System.Buffers;
using System.Net.Sockets;

namespace Headgate.Gateway.Listening;

/// <summary>Receives until a ClientHello is complete or cannot become one. Holds no buffer before the first byte, 4 KiB then, 16 KiB at most.</summary>
internal static class ClientHelloReader
{
    private const int FirstBufferBytes = 4 * 1024;

    /// <summary>What was read, with the reason when it is not a hello that is served.</summary>
    /// <exception cref="OperationCanceledException">The token ended the wait.</exception>
    public static async ValueTask<ReadHello> ReadAsync(Socket socket, CancellationToken cancellationToken)
    {
        byte[] buffer = [];
        var length = 0;
        try
        {
            await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellationToken);
            buffer = ArrayPool<byte>.Shared.Rent(FirstBufferBytes);
            while (true)
            {
                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(ClientHelloParser.MaxBytes);
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }

                var received = await socket.ReceiveAsync(buffer.AsMemory(length), SocketFlags.None, cancellationToken);
                if (received == 0)
                {
                    return new ReadHello(Refusal.HelloTorn);
                }

                length += received;
                switch (ClientHelloParser.TryParse(buffer.AsSpan(0, length), out var hello))
                {
                    case ClientHelloStatus.Ok when hello.ServerName is null:
                        return new ReadHello(Refusal.NoServerName);
                    case ClientHelloStatus.Ok:
                        return new ReadHello(hello.ServerName, buffer.AsSpan(0, length).ToArray());
                    case ClientHelloStatus.Malformed:
                        return new ReadHello(ReasonOf(hello.Fault));
                    default:
                        break;
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return new ReadHello(Refusal.HelloTorn);
        }
        finally
        {
            if (buffer.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private static Refusal ReasonOf(ClientHelloFault fault) => fault switch
    {
        ClientHelloFault.NotTls => Refusal.NotTls,
        ClientHelloFault.TooLong => Refusal.HelloTooLong,
        _ => Refusal.HelloMalformed,
    };
}
