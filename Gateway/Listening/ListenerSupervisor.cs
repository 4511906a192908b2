using System.Net;
using System.Net.Sockets;
using Headgate.Gateway.Routing;
using Headgate.Protocol.Edge;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headgate.Gateway.Listening;

/// <summary>
/// Listens exactly while this gateway can serve. Otherwise the ports are bound but refuse, so that clients go to another gateway at once. On stop the
/// sockets close first, then streams have the drain timeout to finish.
/// </summary>
internal sealed class ListenerSupervisor : BackgroundService
{
    private static readonly TimeSpan s_recheck = TimeSpan.FromSeconds(1);

    private readonly GatewayOptions _options;
    private readonly RouteTable _table;
    private readonly LiveConnections _live;
    private readonly IConnectionEngine _engine;
    private readonly GatewayCounters _counters;
    private readonly TimeProvider _time;
    private readonly ILogger<ListenerSupervisor> _log;
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly List<Listener> _listeners = [];
    private bool _ready;

    public ListenerSupervisor(
        IOptions<GatewayOptions> options,
        RouteTable table,
        LiveConnections live,
        IConnectionEngine engine,
        GatewayCounters counters,
        TimeProvider time,
        ILogger<ListenerSupervisor> log)
    {
        _options = options.Value;
        _table = table;
        _live = live;
        _engine = engine;
        _counters = counters;
        _time = time;
        _log = log;
        table.ServiceChanged += OnServiceChanged;
        table.RoutesClosed += OnRoutesClosed;
        table.TargetsRemoved += OnTargetsRemoved;
    }

    /// <summary>Where connections are taken at the moment.</summary>
    public IReadOnlyList<IPEndPoint> Listening
    {
        get
        {
            lock (_listeners)
            {
                return [.. _listeners.Where(listener => listener.Open is not null).Select(listener => listener.EndPoint)];
            }
        }
    }

    /// <summary>Binds every address, so that a mistake in one is told at the start.</summary>
    /// <exception cref="GatewayStartException">An address cannot be bound.</exception>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var text in _options.Listen)
        {
            GatewayOptionsValidator.TryParseEndPoint(text, out var endPoint);
            try
            {
                var socket = ListeningSocket.Bind(endPoint!);
                _listeners.Add(new Listener { EndPoint = (IPEndPoint)socket.LocalEndPoint!, Socket = socket });
            }
            catch (SocketException e)
            {
                throw new GatewayStartException($"--listen {text}: {e.Message}. Name an address of this machine and a port that no other program holds.", e);
            }
        }

        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var listener in _listeners)
        {
            await CloseAsync(listener);
        }

        GatewayLog.Draining(_log, _live.Count, _options.DrainTimeout);
        using var deadline = new CancellationTokenSource(_options.DrainTimeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await _live.WaitForNoneAsync(both.Token);
        }
        catch (OperationCanceledException)
        {
            var reset = _live.AbortAll();
            _counters.DrainResets(reset);
            GatewayLog.DrainEnded(_log, reset);
            await _live.WaitForNoneAsync(CancellationToken.None);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _table.ServiceChanged -= OnServiceChanged;
        _table.RoutesClosed -= OnRoutesClosed;
        _table.TargetsRemoved -= OnTargetsRemoved;
        foreach (var listener in _listeners)
        {
            listener.Socket?.Dispose();
        }

        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            if (_table.Wanted == GatewayWantedState.Disabled && _live.Count > 0)
            {
                GatewayLog.DisabledEnds(_log, _live.AbortAll());
            }

            if (_table.IsServing)
            {
                await OpenAsync();
            }
            else
            {
                await CloseAllAsync();
            }

            try
            {
                if (_engine.Failed.IsCompleted)
                {
                    await _engine.Failed;
                }

                await _changed.WaitAsync(s_recheck, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task OpenAsync()
    {
        foreach (var listener in _listeners)
        {
            if (listener.Open?.Ended is { IsCompleted: true } ended)
            {
                // The loop ends by itself only when the socket is broken.
                GatewayLog.ListenerBroken(_log, listener.EndPoint, ended.Exception?.InnerException?.Message ?? "closed");
                await CloseAsync(listener);
            }

            if (listener.Open is not null)
            {
                continue;
            }

            try
            {
                listener.Socket ??= ListeningSocket.Bind(listener.EndPoint);
                ListeningSocket.Listen(listener.Socket);
                lock (_listeners)
                {
                    listener.Open = _engine.Serve(listener.Socket);
                    listener.Socket = null;
                }

                GatewayLog.Listening(_log, listener.EndPoint);
            }
            catch (SocketException e)
            {
                listener.Socket?.Dispose();
                listener.Socket = null;
                GatewayLog.ListenFailed(_log, listener.EndPoint, e.Message);
            }
        }

        if (!_ready && _listeners.All(listener => listener.Open is not null))
        {
            _ready = true;
            _options.Ready?.Invoke(Listening);
        }
    }

    private async Task CloseAllAsync()
    {
        foreach (var listener in _listeners.Where(listener => listener.Open is not null))
        {
            await CloseAsync(listener);
            GatewayLog.NotListening(_log, listener.EndPoint, _table.Wanted, _table.Silence);
            try
            {
                // Bound again but not listening: the port stays ours, and clients are refused.
                listener.Socket = ListeningSocket.Bind(listener.EndPoint);
            }
            catch (SocketException e)
            {
                GatewayLog.ListenFailed(_log, listener.EndPoint, e.Message);
            }
        }
    }

    private async Task CloseAsync(Listener listener)
    {
        listener.Socket?.Dispose();
        listener.Socket = null;
        if (listener.Open is { } open)
        {
            await open.StopAsync();
            lock (_listeners)
            {
                listener.Open = null;
            }
        }
    }

    private void OnServiceChanged()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // A look is due already.
        }
    }

    private void OnRoutesClosed(IReadOnlyList<string> names)
    {
        var ended = _live.Abort(names);
        if (ended > 0)
        {
            GatewayLog.RoutesClosed(_log, names.Count, ended);
        }
    }

    private void OnTargetsRemoved(IReadOnlyList<string> targets)
    {
        var ended = _live.AbortTargets(targets);
        if (ended > 0)
        {
            GatewayLog.TargetsRemoved(_log, string.Join(", ", targets), ended);
        }
    }

    private sealed class Listener
    {
        public required IPEndPoint EndPoint { get; init; }

        /// <summary>Bound and not listening; null while it is the engine's.</summary>
        public Socket? Socket { get; set; }

        public IListening? Open { get; set; }
    }
}
