using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Headgate.Repository.Tests.Support;

/// <summary>
/// Makes another .NET process collect its garbage in full, over the diagnostics socket that the runtime opens for its own user: a trace that asks for
/// "GC heap collect" begins with one. So what a process holds can be told from what it has not thrown away yet.
/// </summary>
internal static class Collector
{
    private const ulong GCHeapCollect = 0x800000;
    private const int HeaderBytes = 20;

    public static async Task CollectAsync(int process)
    {
        // A process of the same number that was killed may have left one behind.
        var path = Directory.EnumerateFiles(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"dotnet-diagnostic-{process}-*-socket"))
            .MaxBy(File.GetLastWriteTimeUtc)!;
        using var trace = await AskAsync(path, 2, Trace());
        var answer = new byte[HeaderBytes + 8];
        await trace.ReadExactlyAsync(answer);
        Assert.Equal(0, answer[17]);
        var reading = trace.CopyToAsync(Stream.Null);

        // Stopping waits for the events of the collection, and so for the collection.
        using var stop = await AskAsync(path, 1, answer[HeaderBytes..]);
        await stop.ReadExactlyAsync(answer);
        await reading.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private static async Task<NetworkStream> AskAsync(string path, byte command, byte[] payload)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        var stream = new NetworkStream(socket, ownsSocket: true);
        var message = new byte[HeaderBytes + payload.Length];
        "DOTNET_IPC_V1\0"u8.CopyTo(message);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(14), (ushort)message.Length);
        (message[16], message[17]) = (2, command);
        payload.CopyTo(message, HeaderBytes);
        await stream.WriteAsync(message);
        return stream;
    }

    private static byte[] Trace()
    {
        using var payload = new MemoryStream();
        using var writer = new BinaryWriter(payload, Encoding.Unicode);
        writer.Write(16u); // MiB of buffer
        writer.Write(1u); // nettrace
        writer.Write(1u); // one provider
        writer.Write(GCHeapCollect);
        writer.Write(4u); // informational
        Write("Microsoft-Windows-DotNETRuntime");
        Write("");
        writer.Flush();
        return payload.ToArray();

        void Write(string text)
        {
            writer.Write((uint)text.Length + 1);
            writer.Write(Encoding.Unicode.GetBytes(text + "\0"));
        }
    }
}
