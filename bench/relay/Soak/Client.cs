using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Headgate.Relay.Bench.Soak;

/// <summary>Connections through the gateway that are not what the load tool makes.</summary>
internal sealed class Client(Place place)
{
    private readonly IPEndPoint _gateway = IPEndPoint.Parse(place.Address);

    public byte[] Hello { get; } = File.ReadAllBytes(place.HelloFile);

    /// <summary>Connects from one of 250 addresses of that network of 127.x.</summary>
    public async Task<Socket> ConnectAsync(byte network, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(new IPAddress([127, network, 0, (byte)Random.Shared.Next(1, 251)]), 0));
            await socket.ConnectAsync(_gateway, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects and asks the target for a stream, which has begun when this returns. The layout is that of load.h.</summary>
    public async Task<Socket> OpenStreamAsync(byte network, long up, long down, CancellationToken cancellationToken)
    {
        var socket = await ConnectAsync(network, cancellationToken);
        try
        {
            var request = new byte[32];
            "HGLDS"u8.CopyTo(request);
            BinaryPrimitives.WriteInt64LittleEndian(request.AsSpan(8), up);
            BinaryPrimitives.WriteInt64LittleEndian(request.AsSpan(16), down);
            await socket.SendAsync((byte[])[.. Hello, .. request], cancellationToken);
            var answer = new byte[1];
            if (await socket.ReceiveAsync(answer, cancellationToken) != 1 || answer[0] != 'r')
            {
                throw new BenchException("The target did not answer a stream of the soak.");
            }

            await socket.SendAsync("g"u8.ToArray(), cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
