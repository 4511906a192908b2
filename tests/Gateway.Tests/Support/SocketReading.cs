using System.Net.Sockets;

namespace Headgate.Gateway.Tests.Support;

internal static class SocketReading
{
    public static async Task ReceiveExactlyAsync(this Socket socket, Memory<byte> into)
    {
        while (!into.IsEmpty)
        {
            var read = await socket.ReceiveAsync(into).AsTask().WaitAsync(Eventually.Deadline);
            Assert.True(read > 0, $"The connection ended with {into.Length} bytes missing.");
            into = into[read..];
        }
    }
}
