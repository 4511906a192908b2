using System.Net;
using System.Net.Sockets;

namespace Headgate.EndToEnd.Tests.Faults;

/// <summary>
/// A TCP relay of the test's own between a client and a gateway. Once muted it passes on what the client sends and keeps what comes back: answers are lost,
/// and nobody closes anything.
/// </summary>
internal sealed class MuteRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _relays = [];
    private readonly IPEndPoint _target;
    private readonly Task _accepting;
    private volatile bool _muted;
    private long _kept;

    public MuteRelay(IPEndPoint target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Bytes that came back and were not passed on.</summary>
    public long Kept => Volatile.Read(ref _kept);

    public void Mute() => _muted = true;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_relays);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _relays.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException)
        {
            // Stopping.
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                await server.ConnectAsync(_target, _stopping.Token);
                await Task.WhenAny(
                    CopyAsync(client.GetStream(), server.GetStream(), isAnswer: false),
                    CopyAsync(server.GetStream(), client.GetStream(), isAnswer: true));
            }
            catch (Exception fault) when (fault is OperationCanceledException or SocketException)
            {
                // Stopping, or the target is away: the client sees its connection closed.
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, bool isAnswer)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReadAsync(buffer, _stopping.Token) is var count && count > 0)
            {
                if (isAnswer && _muted)
                {
                    Interlocked.Add(ref _kept, count);
                    continue;
                }

                await to.WriteAsync(buffer.AsMemory(0, count), _stopping.Token);
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException)
        {
            // Stopping, or one side is gone.
        }
    }
}
