using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Headgate.Relay.Bench;

/// <summary>The ClientHello of a real client, openssl, for a server name.</summary>
internal static class Hello
{
    private const int HeaderBytes = 5;

    /// <summary>Writes it to <paramref name="file"/>; returns its length.</summary>
    public static async Task<int> MakeAsync(string serverName, string file)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        // -bugs pads it to the 517 bytes that are common. The client fails, for nobody answers it.
        var client = Shell.RunAsync("sh", "-c", $"openssl s_client -connect 127.0.0.1:{port} -servername {serverName} -alpn h2,http/1.1 -bugs </dev/null >/dev/null 2>&1 || true");
        using (var socket = await listener.AcceptSocketAsync())
        {
            var bytes = new byte[HeaderBytes + ushort.MaxValue];
            var length = 0;
            while (length < HeaderBytes || length < Length(bytes))
            {
                var received = await socket.ReceiveAsync(bytes.AsMemory(length));
                length += received > 0 ? received : throw new BenchException("openssl sent no ClientHello.");
            }

            await File.WriteAllBytesAsync(file, bytes.AsMemory(0, Length(bytes)));
        }

        await client;
        return (int)new FileInfo(file).Length;
    }

    private static int Length(byte[] record) => HeaderBytes + BinaryPrimitives.ReadUInt16BigEndian(record.AsSpan(3));
}
