using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Headgate.EndToEnd.Tests;

/// <summary>A gateway's connections as <c>headgate-gateway connections --json</c> prints them, without a process for each look.</summary>
internal static class GatewayConnections
{
    public static async Task<List<JsonElement>> ListAsync(World world, string gateway, CancellationToken token = default)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(world.PathOf(gateway, "control.sock")), token);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.ASCII.GetBytes("connections\n"), token);
        using var reader = new StreamReader(stream);
        var connections = new List<JsonElement>();
        while (await reader.ReadLineAsync(token) is { } text)
        {
            using var line = JsonDocument.Parse(text);
            if (line.RootElement.TryGetProperty("count", out var count))
            {
                Assert.Equal(connections.Count, count.GetInt32());
                return connections;
            }

            connections.Add(line.RootElement.Clone());
        }

        Assert.Fail($"{gateway} named {connections.Count} connections, and not how many there are.");
        return connections;
    }
}
