using Headgate.Gateway.Listening;
using Headgate.Gateway.Routing;
using Headgate.Protocol.Edge;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headgate.Gateway.Draining;

/// <summary>
/// Resets what is left when the provider's drain is over. The deadline is by this gateway's own clock, so it holds with the silo away; each newer word of
/// the silo replaces it, and being wanted active again cancels it. Listening sockets are the supervisor's affair.
/// </summary>
internal sealed class DrainWatch : BackgroundService
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    private readonly RouteTable _table;
    private readonly LiveConnections _live;
    private readonly GatewayCounters _counters;
    private readonly TimeProvider _time;
    private readonly ILogger<DrainWatch> _log;
    private readonly SemaphoreSlim _changed = new(0, 1);
    private int _atStart = -1;
    private HashSet<long> _ending = [];

    public DrainWatch(RouteTable table, LiveConnections live, GatewayCounters counters, TimeProvider time, ILogger<DrainWatch> log)
    {
        (_table, _live, _counters, _time, _log) = (table, live, counters, time, log);
        table.ServiceChanged += OnServiceChanged;
    }

    /// <summary>How far it is; null while this gateway is not drained by the provider, and before what there was at the start is counted.</summary>
    public DrainProgress? Progress
    {
        get
        {
            if (_table.Wanted != GatewayWantedState.Draining || Volatile.Read(ref _atStart) is not (>= 0 and var atStart))
            {
                return null;
            }

            var left = _live.Count;
            return new DrainProgress(left, Math.Max(left, atStart), _table.DrainLeft is { } time ? Math.Round(time.TotalSeconds, 1) : null);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _table.ServiceChanged -= OnServiceChanged;
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = Look();
            try
            {
                using var due = new CancellationTokenSource(wait, _time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, due.Token);
                await _changed.WaitAsync(either.Token);
            }
            catch (OperationCanceledException)
            {
                // A look is due, or this stops.
            }
        }
    }

    /// <summary>Does what is due; returns how long nothing will be.</summary>
    private TimeSpan Look()
    {
        var isDraining = _table.Wanted == GatewayWantedState.Draining;
        if (isDraining && _atStart < 0)
        {
            Volatile.Write(ref _atStart, _live.Count);
            GatewayLog.DrainBegins(_log, _atStart, Deadline());
        }
        else if (!isDraining && _atStart >= 0)
        {
            Volatile.Write(ref _atStart, -1);
            GatewayLog.DrainCancelled(_log, _table.Wanted, _live.Count);
        }

        if (!isDraining || _table.DrainLeft is not { } left)
        {
            return s_look;
        }

        if (left > TimeSpan.Zero)
        {
            return left < s_look ? left : s_look;
        }

        // Again and again: one that was accepted just before the socket closed may come after the first look. One that a busy loop has not ended by the
        // next is not counted twice.
        if (_live.Count > 0)
        {
            var ending = _live.List().Select(connection => connection.Id).ToHashSet();
            _live.AbortAll();
            if (ending.Count(id => !_ending.Contains(id)) is > 0 and var reset)
            {
                _counters.DrainResets(reset);
                GatewayLog.ProvidersDrainEnds(_log, reset);
            }

            _ending = ending;
        }

        return s_look;
    }

    private string Deadline() => _table.DrainLeft is { } left ? $"what is left in {left:d\\.hh\\:mm\\:ss} is reset" : "they have their own time";

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
}
