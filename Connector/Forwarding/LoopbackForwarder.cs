using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Headgate.Connector.Commands;
using Headgate.Connector.Resume;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Forwarding;

/// <summary>
/// The loopback port that the tool speaks plain HTTP to. Each connection must show the run's secret in its first request head; then it is joined to a TLS
/// connection, or to a resumable stream, to the run's repository and only bytes are passed. Dispose ends every connection and waits for it.
/// </summary>
internal sealed class LoopbackForwarder : IAttemptRoute, IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly LoopbackSecret _secret = new();
    private readonly RouteDialer _dialer;
    private readonly CopyRoutes? _copies;
    private readonly ForwarderLimits _limits;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, byte> _connections = new();
    private readonly long[] _verdicts = new long[Enum.GetValues<HeadVerdict>().Length];
    private readonly SemaphoreSlim _room;
    private readonly Task _accepting;
    private Attempt? _attempt;

    /// <summary>Listens on 127.0.0.1.</summary>
    /// <param name="dialer">Opens connections to the repository; disposed with this.</param>
    /// <param name="order">The gateways that it uses.</param>
    /// <param name="port">The port, or 0 for one that the system picks.</param>
    /// <param name="limits">Limits of the port.</param>
    /// <param name="time">The clock.</param>
    /// <param name="copies">Opens resumable streams in place of those connections, for a copy run; disposed with this. Null for a backup run.</param>
    /// <exception cref="ConnectorFailureException">The port is taken.</exception>
    public LoopbackForwarder(RouteDialer dialer, GatewayOrder order, int port, ForwarderLimits limits, TimeProvider time, CopyRoutes? copies = null)
    {
        _dialer = dialer;
        _copies = copies;
        Order = order;
        _limits = limits;
        _time = time;
        _room = new SemaphoreSlim(limits.Connections, limits.Connections);
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.ExclusiveAddressUse = OperatingSystem.IsWindows();
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
            _listener.Listen(128);
        }
        catch (SocketException e)
        {
            _listener.Dispose();
            throw new ConnectorFailureException(ExitCodes.Usage, $"Port {port} of 127.0.0.1 cannot be used: {e.Message}. Leave --port out for a free one.", e);
        }

        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = Task.Run(AcceptAsync);
    }

    public GatewayOrder Order { get; }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>How many connections began with a head of this worth.</summary>
    public long Count(HeadVerdict verdict) => Interlocked.Read(ref _verdicts[(int)verdict]);

    public AttemptRecord Begin(RunTicket ticket)
    {
        var attempt = new Attempt(ticket, new AttemptRecord(_time));
        Order.Begin(ticket.Gateways);
        Volatile.Write(ref _attempt, attempt);
        return attempt.Record;
    }

    public string RepositoryUrl(string path) =>
        string.Create(CultureInfo.InvariantCulture, $"rest:http://{LoopbackSecret.User}:{_secret.Password}@127.0.0.1:{Port}{path}");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections.Keys);
        if (_copies is not null)
        {
            await _copies.DisposeAsync();
        }

        _dialer.Dispose();
        _room.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket client;
            try
            {
                await _room.WaitAsync(_stop.Token);
                client = await _listener.AcceptAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                // The client went away between its connection and our accept.
                _room.Release();
                continue;
            }
            catch (SocketException) when (!_stop.IsCancellationRequested)
            {
                // Out of descriptors or memory: connections that end give some back.
                _room.Release();
                await Task.Delay(TimeSpan.FromMilliseconds(100), _time, CancellationToken.None);
                continue;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            var serving = ServeAsync(client);
            _connections.TryAdd(serving, 0);
            // One that died of a fault of ours stays, and is thrown on dispose.
            _ = serving.ContinueWith(
                done => _connections.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        await Task.Yield();
        try
        {
            client.NoDelay = true;
            var connection = new LoopbackConnection(client, _secret, _dialer, _copies, Order, _limits, _time);
            var verdict = await connection.RunAsync(() => Volatile.Read(ref _attempt), _stop.Token);
            Interlocked.Increment(ref _verdicts[(int)verdict]);
        }
        finally
        {
            client.Dispose();
            _room.Release();
        }
    }
}
