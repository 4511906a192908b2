using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;

namespace Headgate.EndToEnd.Tests;

/// <summary>
/// Blazor's side of the browser by hand, so that it can lie. The hub speaks "blazorpack": after a JSON handshake ended by 0x1E each message is a length (7 bits a byte, the
/// lowest first) and a MessagePack array: [1, headers, invocation id or nil, method, arguments]. What the server draws comes as JS.RenderBatch [id, bytes], whose texts are
/// UTF-8, and each batch is acknowledged by OnRenderCompleted [id, nil]; a refusal comes as JS.Error.
/// </summary>
internal sealed class Circuit : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly StringBuilder _received = new();
    private readonly List<string> _drawn = [];
    private readonly SemaphoreSlim _sending = new(1, 1);
    private Task _reading = Task.CompletedTask;

    /// <summary>Everything that came, as Latin-1 of its UTF-8 bytes.</summary>
    public string Received
    {
        get
        {
            lock (_received)
            {
                return _received.ToString();
            }
        }
    }

    /// <summary>Every text, name and attribute that the server drew, each as it stands in the page; none of what only carries the circuit, such as its secret.</summary>
    public IReadOnlyList<string> Drawn
    {
        get
        {
            lock (_received)
            {
                return [.. _drawn];
            }
        }
    }

    /// <summary>Whether the server has closed it.</summary>
    public bool IsClosed => _reading.IsCompleted;

    /// <summary>Opens the socket with the client's cookies.</summary>
    /// <exception cref="WebSocketException">The server does not let it open.</exception>
    public static async Task<Circuit> OpenAsync(SiteClient client, string? origin = null)
    {
        var circuit = new Circuit();
        try
        {
            circuit._socket.Options.SetRequestHeader("Origin", origin ?? client.Site.GetLeftPart(UriPartial.Authority));
            using var patience = new CancellationTokenSource(s_patience);
            await circuit._socket.ConnectAsync(new UriBuilder(client.Site) { Scheme = "wss", Path = "/_blazor" }.Uri, client.Invoker, patience.Token);
            await circuit.SendAsync(Encoding.ASCII.GetBytes("{\"protocol\":\"blazorpack\",\"version\":1}\u001e"));
            circuit._reading = circuit.ReadAsync();
            return circuit;
        }
        catch
        {
            await circuit.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a page as its script does: a circuit, then the components that the page names.</summary>
    public static async Task<Circuit> ShowAsync(SiteClient client, string path)
    {
        var page = await client.GetAsync(path);
        Assert.Equal(System.Net.HttpStatusCode.OK, page.Status);
        var circuit = await OpenAsync(client);
        await circuit.StartAsync(client, path, page.Markers, page.State);
        return circuit;
    }

    public async Task StartAsync(SiteClient client, string path, IReadOnlyList<string> markers, string state)
    {
        var site = client.Site.AbsoluteUri;
        await InvokeAsync("0", "StartCircuit", site, client.Site.GetLeftPart(UriPartial.Authority) + path, "[]", state);
        var operations = markers.Select((marker, i) => $$"""{"type":"add","ssrComponentId":{{i + 1}},"marker":{{marker}}}""");
        await InvokeAsync(null, "UpdateRootComponents", $$"""{"batchId":1,"operations":[{{string.Join(',', operations)}}]}""", state);
    }

    /// <summary>Waits until it has drawn <paramref name="text"/>.</summary>
    public Task UntilAsync(string text) => Tool.UntilAsync(() => Received.Contains(Latin(text), StringComparison.Ordinal), $"the page to say '{text}'", () => Received);

    /// <summary>Waits until the server has refused it.</summary>
    public Task UntilRefusedAsync() => Tool.UntilAsync(() => Received.Contains("JS.Error", StringComparison.Ordinal) || IsClosed, "the circuit to be refused", () => Received);

    /// <summary>Whether it was ever told <paramref name="text"/>.</summary>
    public bool Knows(string text) => Received.Contains(Latin(text), StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _reading;
        _socket.Dispose();
        _closing.Dispose();
        _sending.Dispose();
    }

    /// <summary>Calls a method of the hub.</summary>
    public Task InvokeAsync(string? id, string method, params object?[] arguments)
    {
        var body = new List<byte> { 0x95, 1, 0x80 };
        Write(body, id);
        Write(body, method);
        body.Add((byte)(0x90 | arguments.Length));
        foreach (var argument in arguments)
        {
            Write(body, argument);
        }

        var message = new List<byte>();
        for (var length = body.Count; ; length >>= 7)
        {
            message.Add((byte)((length & 0x7f) | (length > 0x7f ? 0x80 : 0)));
            if (length <= 0x7f)
            {
                break;
            }
        }

        return SendAsync([.. message, .. body]);
    }

    private static string Latin(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private static void Write(List<byte> to, object? value)
    {
        switch (value)
        {
            case null:
                to.Add(0xc0);
                break;
            case uint number:
                to.Add(0xce);
                to.AddRange(BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(number)));
                break;
            default:
                var text = Encoding.UTF8.GetBytes((string)value);
                to.Add(0xdb);
                to.AddRange(BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness((uint)text.Length)));
                to.AddRange(text);
                break;
        }
    }

    private async Task SendAsync(byte[] bytes)
    {
        await _sending.WaitAsync(_closing.Token);
        try
        {
            await _socket.SendAsync(bytes, WebSocketMessageType.Binary, true, _closing.Token);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[1 << 16];
        var message = new List<byte>();
        try
        {
            while (await _socket.ReceiveAsync(buffer.AsMemory(), _closing.Token) is { MessageType: not WebSocketMessageType.Close } part)
            {
                message.AddRange(buffer.AsSpan(0, part.Count));
                if (!part.EndOfMessage)
                {
                    continue;
                }

                var text = Encoding.Latin1.GetString(message.ToArray());
                message.Clear();
                var batches = Batches(text).ToArray();
                lock (_received)
                {
                    _received.Append(text);
                    _drawn.AddRange(batches.SelectMany(batch => Texts(batch.Drawing)));
                }

                foreach (var (number, _) in batches)
                {
                    await InvokeAsync(null, "OnRenderCompleted", number, null);
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException)
        {
            // Closed by one side or the other: which, the test knows.
        }
    }

    // The number after [method][array of two], and the binary after it: c4, c5 or c6 with a length of 1, 2 or 4 bytes.
    private static IEnumerable<(uint Number, byte[] Drawing)> Batches(string text)
    {
        const string Method = "JS.RenderBatch";
        for (var at = text.IndexOf(Method, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Method, at + 1, StringComparison.Ordinal))
        {
            var number = at + Method.Length + 1;
            if (number + 4 >= text.Length || text[number - 1] != 0x92)
            {
                continue;
            }

            var (batch, drawing) = text[number] switch
            {
                < (char)0x80 => (text[number], number + 1),
                (char)0xcc => (text[number + 1], number + 2),
                (char)0xcd => (BigEndian(text, number + 1, 2), number + 3),
                _ => throw new InvalidOperationException($"A batch with the number {(int)text[number]:x}."),
            };
            var bytesOfLength = text[drawing] switch
            {
                (char)0xc4 => 1,
                (char)0xc5 => 2,
                (char)0xc6 => 4,
                _ => throw new InvalidOperationException($"A drawing that begins with {(int)text[drawing]:x}."),
            };
            var length = (int)BigEndian(text, drawing + 1, bytesOfLength);
            yield return (batch, Encoding.Latin1.GetBytes(text.Substring(drawing + 1 + bytesOfLength, length)));
        }
    }

    // A drawing ends with where its five parts begin, 4 bytes each. The last part is a table of where each text begins: its length, 7 bits a byte, and its UTF-8.
    private static IEnumerable<string> Texts(byte[] drawing)
    {
        var end = drawing.Length - 20;
        for (var entry = BitConverter.ToInt32(drawing, drawing.Length - 4); entry < end; entry += 4)
        {
            var (at, length, shift) = (BitConverter.ToInt32(drawing, entry), 0, 0);
            for (; drawing[at] >= 0x80; at++, shift += 7)
            {
                length |= (drawing[at] & 0x7f) << shift;
            }

            length |= drawing[at] << shift;
            yield return Encoding.UTF8.GetString(drawing, at + 1, length);
        }
    }

    private static uint BigEndian(string text, int at, int bytes) => text.Skip(at).Take(bytes).Aggregate(0u, (value, digit) => (value << 8) | digit);
}
