using System.Net;
using System.Net.Sockets;

namespace Headgate.Repository.Tests.Support;

/// <summary>Passes bytes as a gateway does, until it is stopped as by SIGSTOP: what it has read it holds, and when it goes on that arrives.</summary>
internal sealed class StoppableRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly int _target;
    private readonly Task _accepting;
    private readonly List<Task> _relays = [];
    private TaskCompletionSource _goes = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _held;

    public StoppableRelay(int target)
    {
        _target = target;
        _goes.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Bytes that it has read and not passed on.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>From now on nothing is passed on.</summary>
    public void Stop() => _goes = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What is held goes on its way, and all after it.</summary>
    public void Continue() => _goes.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_relays);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _relays.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException)
        {
            // Disposed of.
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using var both = client;
        using var target = new TcpClient { NoDelay = true };
        client.NoDelay = true;
        await target.ConnectAsync(IPAddress.Loopback, _target);
        var up = PumpAsync(client.GetStream(), target.GetStream());
        var down = PumpAsync(target.GetStream(), client.GetStream());
        await Task.WhenAny(up, down);
        both.Close();
        target.Close();
        await Task.WhenAll(up, down);
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                // A process that stands still does not learn that its peer is gone.
                var read = await from.ReadAsync(buffer, _end.Token);
                Interlocked.Add(ref _held, read);
                await Volatile.Read(ref _goes).Task.WaitAsync(_end.Token);
                Interlocked.Add(ref _held, -read);
                if (read == 0)
                {
                    return;
                }

                await to.WriteAsync(buffer.AsMemory(0, read), _end.Token);
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Either side is gone.
            await HeldBackAsync();
        }
    }

    private async Task HeldBackAsync()
    {
        try
        {
            await Volatile.Read(ref _goes).Task.WaitAsync(_end.Token);
        }
        catch (OperationCanceledException)
        {
            // Disposed of.
        }
    }
}
