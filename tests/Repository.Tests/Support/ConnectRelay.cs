using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Headgate.Repository.Tests.Support;

/// <summary>
/// Stands where a gateway stands, for stock clients: an HTTP proxy (CONNECT) that puts a PROXY v2 header in front and passes bytes. Being a
/// proxy it needs no DNS for the name that is asked for.
/// </summary>
internal sealed class ConnectRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _target;
    private readonly Task _accepting;
    private readonly List<Task> _relays = [];

    public ConnectRelay(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_relays);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _relays.RemoveAll(relay => relay.IsCompleted);
                _relays.Add(RelayAsync(client));
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException)
        {
            // Stopped.
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using var both = client;
        using var target = new TcpClient { NoDelay = true };
        client.NoDelay = true;
        try
        {
            var stream = client.GetStream();
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, _stop.Token) == 1)
            {
                head.Append((char)one[0]);
            }

            var authority = head.ToString().Split(' ')[1].Split(':')[0];
            await target.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
            var server = target.GetStream();
            await server.WriteAsync(TestRepository.Header(authority), _stop.Token);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray(), _stop.Token);
            await Task.WhenAny(PumpAsync(stream, server), PumpAsync(server, stream));
        }
        catch (Exception fault) when (fault is IOException or SocketException or OperationCanceledException)
        {
            // Either side is gone.
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to)
    {
        try
        {
            await from.CopyToAsync(to, _stop.Token);
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Either side is gone.
        }
    }
}
