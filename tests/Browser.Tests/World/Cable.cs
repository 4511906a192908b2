using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Headgate.Browser.Tests;

/// <summary>
/// The way from the browser to a server, which a test can cut: what is connected is reset, and nobody gets through until it is mended. Or only hold up what the server
/// says, as a long way does: it arrives later, all of it and in order.
/// </summary>
internal sealed class Cable : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<Socket, bool> _ends = new();
    private readonly ConcurrentBag<Task> _relays = [];
    private readonly TcpListener _listener;
    private readonly IPEndPoint _target;
    private readonly Task _accepting;
    private volatile bool _isCut;
    private volatile TaskCompletionSource _answers = Passing();

    public Cable(IPEndPoint from, IPEndPoint target)
    {
        _target = target;
        _listener = new TcpListener(from);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public void Cut()
    {
        _isCut = true;
        foreach (var end in _ends.Keys)
        {
            Reset(end);
        }
    }

    public void Mend() => _isCut = false;

    public void HoldAnswers() => _answers = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void ReleaseAnswers() => _answers.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        Cut();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_relays);
        _ending.Dispose();
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
            socket.Close();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself.
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _relays.Add(RelayAsync(await _listener.AcceptSocketAsync(_ending.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            // The test ends.
        }
    }

    private async Task RelayAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _ends[client] = _ends[server] = true;
        try
        {
            if (!_isCut)
            {
                await server.ConnectAsync(_target, _ending.Token);
                await Task.WhenAny(CopyAsync(client, server, () => Task.CompletedTask), CopyAsync(server, client, () => _answers.Task));
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Cut, or the server is away.
        }

        Reset(client);
        Reset(server);
        _ends.TryRemove(client, out _);
        _ends.TryRemove(server, out _);
    }

    private static TaskCompletionSource Passing()
    {
        var passing = new TaskCompletionSource();
        passing.SetResult();
        return passing;
    }

    private async Task CopyAsync(Socket from, Socket to, Func<Task> mayPass)
    {
        var buffer = new byte[32 * 1024];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer, _ending.Token)) > 0)
            {
                await mayPass().WaitAsync(_ending.Token);
                await to.SendAsync(buffer.AsMemory(0, count), _ending.Token);
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One end is gone; the other follows.
        }
    }
}
