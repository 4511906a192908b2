using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Headgate.EndToEnd.Tests.Bandwidth;

/// <summary>An upload without end with an access key over a TLS connection of its own: as fast as it goes, or a trickle.</summary>
internal sealed class Upload : IAsyncDisposable
{
    private const long Bytes = 8L << 30;
    private const int ChunkBytes = 16 << 10;
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(250);

    private readonly TlsConnection _connection;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _ended;

    private Upload(TlsConnection connection)
    {
        _connection = connection;
        _ended = SendAsync();
    }

    /// <summary>Whether it sends as little as keeps the connection. Default: no.</summary>
    public volatile bool IsQuiet;

    /// <summary>Why it ended; null while it goes on.</summary>
    public string? Fault { get; private set; }

    public static async Task<Upload> StartAsync(string address, JsonElement accessKey)
    {
        var name = accessKey.GetProperty("accessName").GetString()!;
        var pair = Encoding.ASCII.GetBytes($"{accessKey.GetProperty("key").GetString()}:{accessKey.GetProperty("secret").GetString()}");
        var connection = await TlsConnection.OpenAsync(address, World.PublicPort, name);
        var id = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
        await connection.SendAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"POST /bulk/data/{id} HTTP/1.1\r\nHost: {name}\r\nContent-Length: {Bytes}\r\nAuthorization: Basic {Convert.ToBase64String(pair)}\r\n\r\n"));
        return new Upload(connection);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _connection.DisposeAsync();
        await _ended;
        _end.Dispose();
    }

    private async Task SendAsync()
    {
        await Task.Yield();
        var chunk = new string('x', ChunkBytes);
        try
        {
            while (!_end.IsCancellationRequested)
            {
                await _connection.SendAsync(chunk);
                if (IsQuiet)
                {
                    await Task.Delay(s_pace, _end.Token);
                }
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or OperationCanceledException)
        {
            Fault = _end.IsCancellationRequested ? null : fault.Message;
        }
    }
}
