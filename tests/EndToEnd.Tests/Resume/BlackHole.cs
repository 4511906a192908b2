using System.Net;
using System.Net.Sockets;

namespace Headgate.EndToEnd.Tests.Resume;

/// <summary>What a gateway's tenants meet when it forwards nothing: connections are taken, what they say is read, and nobody answers.</summary>
internal sealed class BlackHole : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _held = [];
    private readonly Task _accepting;
    private int _fallen;

    public BlackHole(IPEndPoint at)
    {
        _listener = new TcpListener(at);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Connections that fell in so far.</summary>
    public int Fallen => Volatile.Read(ref _fallen);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_held);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _held.Add(HoldAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
                Interlocked.Increment(ref _fallen);
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException)
        {
            // Stopping.
        }
    }

    private async Task HoldAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await client.GetStream().CopyToAsync(Stream.Null, _stopping.Token);
            }
            catch (Exception fault) when (fault is OperationCanceledException or IOException)
            {
                // Stopping, or the client gave up.
            }
        }
    }
}
