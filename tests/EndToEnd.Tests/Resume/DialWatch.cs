using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Headgate.EndToEnd.Tests.Resume;

/// <summary>Stands in the place of a dead gateway and notes when whom was asked for there; every connection is closed once it has said that.</summary>
internal sealed class DialWatch : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<long> _routes = new();
    private readonly ConcurrentBag<Task> _heard = [];
    private readonly Task _accepting;
    private int _lists;

    public DialWatch(IPEndPoint at)
    {
        _listener = new TcpListener(at);
        _listener.Start(4096);
        _accepting = AcceptAsync();
    }

    /// <summary>When a run's route was asked for: timestamps, in order.</summary>
    public IReadOnlyList<long> Routes => [.. _routes.Order()];

    /// <summary>How often the tenant API was.</summary>
    public int Lists => Volatile.Read(ref _lists);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_heard);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _heard.Add(HearAsync(await _listener.AcceptTcpClientAsync(_stopping.Token), Stopwatch.GetTimestamp()));
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException)
        {
            // Stopping.
        }
    }

    private async Task HearAsync(TcpClient client, long at)
    {
        using (client)
        {
            var hello = new byte[4096];
            try
            {
                var count = await client.GetStream().ReadAtLeastAsync(hello, 100, throwOnEndOfStream: false, _stopping.Token);
                if (Encoding.Latin1.GetString(hello, 0, count).Contains("cc." + World.Zone, StringComparison.Ordinal))
                {
                    Interlocked.Increment(ref _lists);
                }
                else
                {
                    _routes.Enqueue(at);
                }
            }
            catch (Exception fault) when (fault is OperationCanceledException or IOException)
            {
                // Stopping, or it went away.
            }
        }
    }
}
