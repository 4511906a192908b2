using System.Net;
using System.Net.Sockets;

namespace Headgate.Silo.Tests.Certificates;

/// <summary>Both ends of a TCP connection over loopback.</summary>
internal static class SocketPair
{
    public static async Task<(Stream Client, Stream Server)> CreateAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new TcpClient();
        var accepting = listener.AcceptTcpClientAsync();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        return (client.GetStream(), (await accepting).GetStream());
    }
}
