using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using Headgate.Relay.Bench.Peers;

namespace Headgate.Relay.Bench.Soak;

/// <summary>The loads of a soak. Each is one turn, made again and again until the end; what it needs to have worked is checked in it.</summary>
internal sealed class Loads(World world, Peer gateway)
{
    private const byte Resetters = 11;
    private const byte SlowReaders = 12;
    private const byte Strangers = 13;
    private const byte Crawlers = 14;
    private static readonly TimeSpan s_refusedWithin = TimeSpan.FromSeconds(30);
    private readonly Client _client = new(world.PlaceOf(gateway));

    /// <summary>Every load: its name, how many do it at once, and a turn.</summary>
    public IReadOnlyList<(string Name, int AtOnce, Func<CancellationToken, Task> Turn)> All =>
    [
        ("bulk", 1, BulkAsync),
        ("churn", 1, ChurnAsync),
        ("idle", 2, IdleAsync),
        ("reset", 4, ResetAsync),
        ("slow reader", 8, ReadSlowlyAsync),
        ("stranger", 4, StrangerAsync),
        ("crawler", 200, CrawlAsync),
    ];

    /// <summary>Bytes both ways at once, every one compared.</summary>
    public async Task BulkAsync(CancellationToken cancellationToken)
    {
        await ToolAsync("streams", "--streams", "8", "--up", "33554432", "--down", "33554432", "--verify");
        await PauseAsync(0.5, cancellationToken);
    }

    private async Task ChurnAsync(CancellationToken cancellationToken)
    {
        await ToolAsync("churn", "--streams", "16", "--sources", "16", "--seconds", "0.1");
        await PauseAsync(1, cancellationToken);
    }

    private async Task IdleAsync(CancellationToken cancellationToken)
    {
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < 250; i++)
            {
                sockets.Add(await _client.OpenStreamAsync((byte)(20 + (i % 4)), 1, 1, cancellationToken));
            }

            await PauseAsync(10, cancellationToken);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    /// <summary>Resets a stream in the middle of its bytes.</summary>
    private async Task ResetAsync(CancellationToken cancellationToken)
    {
        using (var socket = await _client.OpenStreamAsync(Resetters, 1L << 30, 1L << 30, cancellationToken))
        {
            var buffer = new byte[65536];
            for (var i = Random.Shared.Next(20); i >= 0; i--)
            {
                await socket.SendAsync(buffer, cancellationToken);
                _ = await socket.ReceiveAsync(buffer, cancellationToken);
            }

            socket.LingerState = new LingerOption(true, 0);
        }

        await PauseAsync(0.2, cancellationToken);
    }

    /// <summary>Takes 64 KiB four times a second of a stream that has more.</summary>
    private async Task ReadSlowlyAsync(CancellationToken cancellationToken)
    {
        using var socket = await _client.OpenStreamAsync(SlowReaders, 0, 1L << 30, cancellationToken);
        var buffer = new byte[65536];
        for (var i = 0; i < 40; i++)
        {
            if (await socket.ReceiveAsync(buffer, cancellationToken) == 0)
            {
                throw new BenchException("A slow reader's stream ended early.");
            }

            await PauseAsync(0.25, cancellationToken);
        }
    }

    /// <summary>Random bytes, a hello cut short, or a hello whose name leads nowhere: each must be refused, and not held.</summary>
    private async Task StrangerAsync(CancellationToken cancellationToken)
    {
        using (var socket = await _client.ConnectAsync(Strangers, cancellationToken))
        {
            byte[] bytes = [.. _client.Hello];
            switch (Random.Shared.Next(3))
            {
                case 0:
                    RandomNumberGenerator.Fill(bytes);
                    break;
                case 1:
                    bytes = bytes[..Random.Shared.Next(1, bytes.Length)];
                    break;
                default:
                    // The name's label, which begins with its kind, is where its zone is not.
                    var at = bytes.AsSpan().IndexOf("a-"u8);
                    RandomNumberGenerator.GetItems("abcdefghijklmnopqrstuvwxyz234567"u8, bytes.AsSpan(at + 2, 26));
                    break;
            }

            await socket.SendAsync(bytes, cancellationToken);
            socket.Shutdown(SocketShutdown.Send);
            await MustEndAsync(socket, cancellationToken);
        }

        await PauseAsync(0.1, cancellationToken);
    }

    /// <summary>A byte of the hello a second, until the gateway has enough of it.</summary>
    private async Task CrawlAsync(CancellationToken cancellationToken)
    {
        using var socket = await _client.ConnectAsync(Crawlers, cancellationToken);
        var ended = MustEndAsync(socket, cancellationToken);
        for (var i = 0; i < _client.Hello.Length && !ended.IsCompleted; i++)
        {
            try
            {
                await socket.SendAsync(_client.Hello.AsMemory(i, 1), cancellationToken);
            }
            catch (SocketException)
            {
                // Refused; that it ended is looked at below.
            }

            await PauseAsync(1, cancellationToken);
        }

        await ended;
    }

    private static async Task MustEndAsync(Socket socket, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(s_refusedWithin);
        var scrap = new byte[1024];
        try
        {
            while (await socket.ReceiveAsync(scrap, deadline.Token) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Reset: that is an end.
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BenchException($"A connection that should have been refused was open after {s_refusedWithin.TotalSeconds:0} s.");
        }
    }

    private static Task PauseAsync(double seconds, CancellationToken cancellationToken) => Task.Delay(TimeSpan.FromSeconds(seconds), cancellationToken);

    private Task ToolAsync(string mode, params string[] arguments) => world.Load.RunAsync(mode, world.PlaceOf(gateway), gateway.Pids, arguments);
}
