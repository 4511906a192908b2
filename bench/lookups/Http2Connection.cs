using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Headgate.Lookups.Bench;

/// <summary>
/// One kept connection of HTTP/2 (RFC 9113) over mutual TLS, with as little around it as measures a server and not its caller: header fields are literals without indexing (RFC 7541,
/// 6.2.2), answers are counted by their end and told by their status. Safe for concurrent use.
/// </summary>
internal sealed class Http2Connection : IAsyncDisposable
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Reset = 3;
    private const byte Settings = 4;
    private const byte Ping = 6;
    private const byte GoAway = 7;
    private const byte EndStream = 1;
    private const byte Ack = 1;
    private const byte EndHeaders = 4;
    private const int FrameHeader = 9;
    private const int Window = int.MaxValue;

    // An indexed ":status: 200" of the static table; 204 is the next.
    private const byte Ok = 0x88;

    private readonly SslStream _stream;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly ConcurrentDictionary<int, Asked> _asked = new();
    private readonly byte[] _authority;
    private Task _reading = Task.CompletedTask;
    private int _lastStream = -1;

    private Http2Connection(SslStream stream, string authority) => (_stream, _authority) = (stream, Encoding.ASCII.GetBytes(authority));

    /// <summary>Bytes of answers.</summary>
    public static long Received;

    /// <summary>Dials from <paramref name="from"/>, writes <paramref name="before"/> in front of TLS, and stands when both sides' settings are sent.</summary>
    public static async Task<Http2Connection> DialAsync(IPEndPoint to, IPAddress from, byte[] before, string serverName, SslStreamCertificateContext certificate)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(to);
        var network = new NetworkStream(socket, ownsSocket: true);
        await network.WriteAsync(before);
        var tls = new SslStream(network);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = serverName,
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            ClientCertificateContext = certificate,
            // What is measured comes after the handshake.
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        });
        var connection = new Http2Connection(tls, serverName);
        await tls.WriteAsync((byte[])
        [
            .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8,
            // No pushes; windows that never run out in a measurement.
            .. Frame(Settings, 0, 0, [0, 2, 0, 0, 0, 0, 0, 4, 0x7F, 0xFF, 0xFF, 0xFF]),
            .. Frame(8, 0, 0, Number(Window - 65_535)),
        ]);
        connection._reading = Task.Run(connection.ReadAsync);
        return connection;
    }

    /// <summary>Asks; the answer's end completes it with the moment and whether the status was 200 or 204.</summary>
    public async Task<(long At, bool IsOk)> AskAsync(string method, string path, byte[]? body = null)
    {
        var asked = new Asked();
        var head = Head(method, path, body is not null);
        await _writing.WaitAsync();
        try
        {
            var id = _lastStream += 2;
            _asked[id] = asked;
            await _stream.WriteAsync(body is null
                ? Frame(Headers, EndStream | EndHeaders, id, head)
                : [.. Frame(Headers, EndHeaders, id, head), .. Frame(Data, EndStream, id, body)]);
        }
        finally
        {
            _writing.Release();
        }
        return await asked.Ended.Task;
    }

    /// <summary>Asks for what never ends, and leaves it open.</summary>
    public void Open(string path) => _ = AskAsync("GET", path).ContinueWith(static _ => { }, TaskScheduler.Default);

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _writing.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[32 * 1024];
        var (from, to) = (0, 0);
        try
        {
            while (true)
            {
                var read = await _stream.ReadAsync(buffer.AsMemory(to));
                if (read == 0)
                {
                    throw new IOException("The server closed the connection.");
                }
                Interlocked.Add(ref Received, read);
                to += read;
                while (to - from >= FrameHeader && to - from - FrameHeader >= Length(buffer.AsSpan(from)))
                {
                    var length = Length(buffer.AsSpan(from));
                    await TakeAsync(buffer[from + 3], buffer[from + 4], BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(from + 5)), buffer.AsMemory(from + FrameHeader, length));
                    from += FrameHeader + length;
                }
                buffer.AsSpan(from, to - from).CopyTo(buffer);
                (from, to) = (0, to - from);
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            foreach (var asked in _asked.Values)
            {
                asked.Ended.TrySetException(fault);
            }
        }
    }

    private async ValueTask TakeAsync(byte type, byte flags, int stream, ReadOnlyMemory<byte> payload)
    {
        switch (type)
        {
            case Headers or Data when _asked.TryGetValue(stream, out var asked):
                if (type == Headers)
                {
                    asked.IsOk = payload.Span[0] is Ok or Ok + 1;
                }
                if ((flags & EndStream) != 0)
                {
                    _asked.TryRemove(stream, out _);
                    asked.Ended.TrySetResult((Stopwatch.GetTimestamp(), asked.IsOk));
                }
                break;
            case Reset when _asked.TryRemove(stream, out var broken):
                broken.Ended.TrySetException(new IOException("The server reset the stream."));
                break;
            case Settings or Ping when (flags & Ack) == 0:
                await WriteAsync(Frame(type, Ack, 0, type == Ping ? payload.Span : []));
                break;
            case GoAway:
                throw new IOException("The server goes away.");
        }
    }

    private async Task WriteAsync(byte[] bytes)
    {
        await _writing.WaitAsync();
        try
        {
            await _stream.WriteAsync(bytes);
        }
        finally
        {
            _writing.Release();
        }
    }

    // :method and :scheme indexed where the static table has them, the rest as literals.
    private byte[] Head(string method, string path, bool hasBody) =>
    [
        method == "GET" ? (byte)0x82 : (byte)0x83,
        0x87,
        4, .. Text(Encoding.ASCII.GetBytes(path)),
        1, .. Text(_authority),
        0, .. Text("headgate-version"u8), .. Text(Encoding.ASCII.GetBytes(Protocol.ProtocolVersion.Current)),
        // content-type is entry 31 of the static table.
        .. hasBody ? (byte[])[0x0F, 31 - 15, .. Text("application/json"u8)] : [],
    ];

    // Up to 126 bytes, as they are.
    private static byte[] Text(ReadOnlySpan<byte> text) => [(byte)text.Length, .. text];

    private static byte[] Frame(byte type, int flags, int stream, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[FrameHeader + payload.Length];
        (frame[0], frame[1], frame[2]) = ((byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length);
        (frame[3], frame[4]) = (type, (byte)flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(FrameHeader));
        return frame;
    }

    private static int Length(ReadOnlySpan<byte> frame) => (frame[0] << 16) | (frame[1] << 8) | frame[2];

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private sealed class Asked
    {
        public TaskCompletionSource<(long At, bool IsOk)> Ended { get; } = new();

        public bool IsOk { get; set; }
    }
}
