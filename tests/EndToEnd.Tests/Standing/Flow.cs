using Headgate.Protocol.Enrolment;

namespace Headgate.EndToEnd.Tests.Standing;

/// <summary>A connection that is alive while somebody's right to it is taken: idle between two requests, in the middle of an upload, or of a download.</summary>
internal sealed class Flow : IAsyncDisposable
{
    private const int UploadBytes = 512 << 20;
    private const int ChunkBytes = 8 << 10;
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(50);

    private readonly TlsConnection _connection;
    private readonly CancellationTokenSource _disposed = new();
    private readonly string _what;
    private readonly Task _ended;
    private long _moved;

    private Flow(TlsConnection connection, string what, Func<Flow, Task> go)
    {
        _connection = connection;
        _what = what;
        _ended = UntilItEndsAsync(go);
    }

    /// <summary>Whether the other side has not ended it.</summary>
    public bool IsAlive => !_ended.IsCompleted;

    /// <summary>One of each kind over the same name.</summary>
    public static async Task<IReadOnlyList<Flow>> AllAsync(string address, string serverName, string large, ProgramIdentity? identity = null, string headers = "") =>
    [
        await IdleAsync(address, serverName, "/desk/config", identity, headers),
        await UploadAsync(address, serverName, identity, headers),
        await DownloadAsync(address, serverName, large, identity, headers),
    ];

    /// <summary>Was answered once, and keeps the connection.</summary>
    public static async Task<Flow> IdleAsync(string address, string serverName, string path, ProgramIdentity? identity = null, string headers = "")
    {
        var connection = await TlsConnection.OpenAsync(address, World.PublicPort, serverName, identity);
        await connection.SendAsync($"HEAD {path} HTTP/1.1\r\nHost: {serverName}\r\n{headers}\r\n");
        var answer = await connection.ReadHeadAsync();
        Assert.True(answer.Status is 200 or 302 or 405, answer.ToString());
        return new Flow(connection, $"an idle connection to {serverName} by {address}", async flow =>
        {
            while (await connection.ReadSomeAsync(ChunkBytes, flow._disposed.Token) > 0)
            {
            }
        });
    }

    public static async Task<Flow> UploadAsync(string address, string serverName, ProgramIdentity? identity = null, string headers = "")
    {
        var connection = await TlsConnection.OpenAsync(address, World.PublicPort, serverName, identity);
        var name = new string('a', 64);
        await connection.SendAsync($"POST /desk/data/{name} HTTP/1.1\r\nHost: {serverName}\r\nContent-Length: {UploadBytes}\r\n{headers}\r\n");
        var flow = new Flow(connection, $"an upload to {serverName} by {address}", async flow =>
        {
            var chunk = new string('x', ChunkBytes);
            while (true)
            {
                await connection.SendAsync(chunk);
                flow._moved += ChunkBytes;
                await Task.Delay(s_pace, flow._disposed.Token);
            }
        });
        await flow.MovesAsync();
        return flow;
    }

    /// <summary>Reads an object more slowly than it comes.</summary>
    public static async Task<Flow> DownloadAsync(string address, string serverName, string name, ProgramIdentity? identity = null, string headers = "")
    {
        var connection = await TlsConnection.OpenAsync(address, World.PublicPort, serverName, identity);
        await connection.SendAsync($"GET /desk/data/{name} HTTP/1.1\r\nHost: {serverName}\r\n{headers}\r\n");
        Assert.Equal(200, (await connection.ReadHeadAsync()).Status);
        var flow = new Flow(connection, $"a download from {serverName} by {address}", async flow =>
        {
            while (await connection.ReadSomeAsync(ChunkBytes, flow._disposed.Token) is > 0 and var count)
            {
                flow._moved += count;
                await Task.Delay(s_pace, flow._disposed.Token);
            }
        });
        await flow.MovesAsync();
        return flow;
    }

    /// <summary>Waits until the other side has ended it.</summary>
    public Task EndsAsync(World world) => Tool.UntilAsync(() => !IsAlive, $"{_what} to be ended", () => world.Logs, TimeSpan.FromSeconds(45));

    /// <summary>Waits until bytes have moved from here on: it goes on.</summary>
    public Task MovesAsync()
    {
        var before = Volatile.Read(ref _moved);
        return Tool.UntilAsync(() => Volatile.Read(ref _moved) > before + (2 * ChunkBytes) || !IsAlive, $"{_what} to move");
    }

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        await _connection.DisposeAsync();
        await _ended;
        _disposed.Dispose();
    }

    private async Task UntilItEndsAsync(Func<Flow, Task> go)
    {
        await Task.Yield();
        try
        {
            await go(this);
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Ended by reset, or by us.
        }
    }
}
