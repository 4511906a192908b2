using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Headgate.Connector.Bootstrap;
using Headgate.Protocol.Sockets;

namespace Headgate.Connector.Tests.Scripted;

/// <summary>What a scripted gateway does with a connection.</summary>
internal enum GatewayMode
{
    /// <summary>Passes bytes to the provider.</summary>
    Relay,

    /// <summary>Accepts, hears the first bytes and says nothing.</summary>
    Silent,

    /// <summary>Resets after the first bytes.</summary>
    Reset,

    /// <summary>Answers the first bytes with a plaintext TLS alert and closes.</summary>
    PlaintextAlert,

    /// <summary>Answers the first bytes with HTTP.</summary>
    NoTls,

    /// <summary>Lets the handshake through and then resets.</summary>
    ResetAfterHandshake,

    /// <summary>Lets the handshake through and then writes a plaintext alert into the stream.</summary>
    AlertAfterHandshake,
}

/// <summary>A gateway that relays to one target, or fails in a given way; it can die with all it carries.</summary>
internal sealed class ScriptedGateway : IAsyncDisposable
{
    private static readonly byte[] s_alert = [21, 3, 3, 0, 2, 2, 112];

    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Socket, byte> _sockets = new();
    private readonly Task _accepting;
    private int _accepted;
    private int _heard;
    private long _bytesUp;
    private TaskCompletionSource? _thawed;

    public ScriptedGateway(IPAddress address, int port, IPEndPoint target)
    {
        _listener = new TcpListener(address, port);
        _listener.Start();
        Target = target;
        Endpoint = (IPEndPoint)_listener.LocalEndpoint;
        _accepting = Task.Run(AcceptAsync);
    }

    public IPEndPoint Endpoint { get; }

    /// <summary>Where it relays to.</summary>
    public IPEndPoint Target { get; set; }

    public GatewayMode Mode { get; set; } = GatewayMode.Relay;

    public int Accepted => Volatile.Read(ref _accepted);

    public long BytesUp => Interlocked.Read(ref _bytesUp);

    /// <summary>It dies when so many bytes have come from the tenant.</summary>
    public long DiesAt { get; set; } = long.MaxValue;

    /// <summary>Waits until <paramref name="dials"/> have come to its silence, and moves the clock by which they are limited to their end.</summary>
    public async Task OutwaitAsync(ManualTimeProvider clock, TimeSpan limit, int dials = 1)
    {
        await Until.TrueAsync(() => Volatile.Read(ref _heard) == dials && clock.NextIn == limit, () => $"{_heard} heard, the next limit ends in {clock.NextIn}");
        clock.Advance(limit);
    }

    /// <summary>Resets every connection that it carries, and goes on taking new ones.</summary>
    public void Drop()
    {
        foreach (var socket in _sockets.Keys)
        {
            SocketReset.Close(socket);
        }
    }

    /// <summary>Stands still: passes nothing on, while what is there stays open and new connections are accepted by the system; or goes on.</summary>
    public bool IsFrozen
    {
        set
        {
            var thawed = value ? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) : null;
            Interlocked.Exchange(ref _thawed, thawed)?.TrySetResult();
        }
    }

    /// <summary>Closes the listener and resets every connection, as a killed host would.</summary>
    public void Die()
    {
        _stop.Cancel();
        _listener.Stop();
        foreach (var socket in _sockets.Keys)
        {
            SocketReset.Close(socket);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Die();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                Interlocked.Increment(ref _accepted);
                serving.Add(ServeAsync(client, Mode));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // TcpListener says the last when it was stopped.
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(Socket client, GatewayMode mode)
    {
        await Task.Yield();
        _sockets.TryAdd(client, 0);
        try
        {
            await ThawedAsync();
            switch (mode)
            {
                case GatewayMode.Silent:
                    await client.ReceiveAsync(new byte[4096]);
                    Interlocked.Increment(ref _heard);
                    await Task.Delay(Timeout.Infinite, _stop.Token);
                    break;
                case GatewayMode.Reset:
                    await client.ReceiveAsync(new byte[4096]);
                    SocketReset.Close(client);
                    break;
                case GatewayMode.PlaintextAlert:
                    await client.ReceiveAsync(new byte[4096]);
                    await client.SendAsync(s_alert);
                    client.Shutdown(SocketShutdown.Send);
                    await client.ReceiveAsync(new byte[4096]);
                    break;
                case GatewayMode.NoTls:
                    await client.ReceiveAsync(new byte[4096]);
                    await client.SendAsync("HTTP/1.1 302 Found\r\nLocation: http://portal.invalid/\r\n\r\n"u8.ToArray());
                    client.Shutdown(SocketShutdown.Send);
                    await client.ReceiveAsync(new byte[4096]);
                    break;
                default:
                    await RelayAsync(client, mode);
                    break;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
        finally
        {
            _sockets.TryRemove(client, out _);
            client.Dispose();
        }
    }

    private Task ThawedAsync() => Volatile.Read(ref _thawed)?.Task.WaitAsync(_stop.Token) ?? Task.CompletedTask;

    private async Task RelayAsync(Socket client, GatewayMode mode)
    {
        using var target = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await target.ConnectAsync(Target, _stop.Token);
        _sockets.TryAdd(target, 0);
        var down = PumpAsync(target, client, null);
        var up = PumpAsync(client, target, mode == GatewayMode.Relay ? null : async count =>
        {
            // The client's second flight ends its handshake; what follows is the request.
            if (count < 2)
            {
                return true;
            }

            if (mode == GatewayMode.AlertAfterHandshake)
            {
                await client.SendAsync(s_alert);
                client.Shutdown(SocketShutdown.Send);
                return false;
            }

            SocketReset.Close(client);
            return false;
        });
        await Task.WhenAll(up, down);
        _sockets.TryRemove(target, out _);
    }

    private async Task PumpAsync(Socket from, Socket to, Func<int, Task<bool>>? onFlight)
    {
        var buffer = new byte[64 * 1024];
        var flights = 0;
        try
        {
            while (true)
            {
                var read = await from.ReceiveAsync(buffer, _stop.Token);
                if (read == 0)
                {
                    // A socket that Die has closed may read like an end.
                    _stop.Token.ThrowIfCancellationRequested();
                    to.Shutdown(SocketShutdown.Send);
                    return;
                }

                if (_sockets.ContainsKey(from) && from.LocalEndPoint is IPEndPoint local && local.Equals(Endpoint))
                {
                    if (Interlocked.Add(ref _bytesUp, read) >= DiesAt)
                    {
                        Die();
                    }
                }

                await ThawedAsync();
                if (onFlight is not null && !await onFlight(++flights))
                {
                    return;
                }

                for (var sent = 0; sent < read;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), _stop.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            SocketReset.Close(from);
            SocketReset.Close(to);
        }
    }
}
