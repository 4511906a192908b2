using System.Net;
using System.Net.Sockets;

namespace Headgate.Relay.Bench;

/// <summary>Waits for a port to take connections.</summary>
internal static class Listening
{
    public static async Task WaitAsync(int port, TimeSpan within)
    {
        using var deadline = new CancellationTokenSource(within);
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, deadline.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(20, deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new BenchException($"Nothing took connections on port {port} within {within.TotalSeconds:0} s.");
            }
        }
    }
}
