using Headgate.Gateway.Traffic;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>
/// Who may move how much, and when. Between the tenants of a loop: when several have bytes to move in one round of events, each may move a quantum; what it
/// has beyond that is reported again in the next round, because the poll set is level-triggered. Within a tenant that has a share of bandwidth: whoever finds
/// it used up waits in a queue, which is served in turn, a quantum each.
/// </summary>
internal sealed class LoopTenants(TenantMeters meters)
{
    private const long QuantumBytes = 1024 * 1024;

    /// <summary>What a waiting connection moves in its turn.</summary>
    private const int TurnBytes = 32 * 1024;

    /// <summary>What the waiting ones of one bucket move before the loop looks at its events again.</summary>
    private const long MostInOneGo = 4 * 1024 * 1024;

    private static readonly TimeSpan s_shortestWait = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<TenantMeter, LoopTenant> _tenants = [];
    private readonly List<LoopTenant> _held = [];
    private long _round;
    private int _inRound;
    private int _inLastRound;

    /// <summary>Whether somebody waits for bandwidth.</summary>
    public bool HasHeld => _held.Count > 0;

    /// <summary>A connection's relay begins.</summary>
    public LoopTenant Enter(string? tenant, long? bytesPerSecond)
    {
        var meter = meters.Enter(tenant, bytesPerSecond);
        if (!_tenants.TryGetValue(meter, out var entered))
        {
            entered = new LoopTenant(meter);
            _tenants.Add(meter, entered);
        }

        entered.Connections++;
        return entered;
    }

    /// <summary>A connection's relay ended.</summary>
    public void Leave(EdgeConnection connection, LoopTenant tenant)
    {
        Release(ref connection.Up, tenant.Meter.Up);
        Release(ref connection.Down, tenant.Meter.Down);
        tenant.Connections--;
        meters.Leave(tenant.Meter);
    }

    /// <summary>Forgets tenants without a connection; not with the last one, because the next comes soon where connections are short.</summary>
    public void Trim()
    {
        foreach (var (meter, tenant) in _tenants)
        {
            if (tenant.Connections == 0)
            {
                // Removing what an enumeration stands on is allowed.
                _tenants.Remove(meter);
                _held.Remove(tenant);
            }
        }
    }

    /// <summary>A new round of events begins.</summary>
    public void NextRound()
    {
        _round++;
        _inLastRound = _inRound;
        _inRound = 0;
    }

    /// <summary>
    /// How many bytes a connection may move now; 0: none in this round, or none until its tenant's bandwidth has gathered again, and then it waits for that.
    /// </summary>
    public long MayMove(EdgeConnection connection, LoopTenant tenant, bool isUp, long now)
    {
        if (tenant.Round != _round)
        {
            tenant.Round = _round;
            tenant.MovedInRound = 0;
            _inRound++;
        }

        if (tenant.MovedInRound >= QuantumBytes && Math.Max(_inRound, _inLastRound) > 1)
        {
            return 0;
        }

        var bandwidth = isUp ? tenant.Meter.Up : tenant.Meter.Down;
        if (!bandwidth.IsLimited)
        {
            return long.MaxValue;
        }

        // Whoever comes while others wait waits behind them.
        var queue = isUp ? tenant.HeldUp : tenant.HeldDown;
        var available = queue.Count > 0 ? 0 : bandwidth.Available(now);
        if (available == 0)
        {
            Hold(connection, tenant, isUp);
        }

        return Math.Min(available, bandwidth.Waiting > 0 ? TurnBytes : available);
    }

    /// <summary>Counts what a connection moved, and pays for it.</summary>
    public static void Moved(LoopTenant tenant, bool isUp, long bytes, long now)
    {
        tenant.MovedInRound += bytes;
        (isUp ? tenant.Meter.Up : tenant.Meter.Down).Charge(bytes, now);
    }

    /// <summary>How long until somebody who waits may go on.</summary>
    public TimeSpan NextTurn(long now)
    {
        var wait = s_longestWait;
        foreach (var tenant in _held)
        {
            wait = Shorter(wait, tenant.HeldUp.Count, tenant.Meter.Up, now);
            wait = Shorter(wait, tenant.HeldDown.Count, tenant.Meter.Down, now);
        }

        return wait < s_shortestWait ? s_shortestWait : wait;
    }

    /// <summary>
    /// Lets those go on whose turn it is. Of what is there this loop takes the part that its waiting connections are of all that wait, so that connections
    /// of one tenant on different loops fare alike.
    /// </summary>
    public void Serve(RelayStage relay, long now)
    {
        for (var i = _held.Count - 1; i >= 0; i--)
        {
            var tenant = _held[i];
            Serve(relay, tenant.HeldUp, tenant.Meter.Up, isUp: true, now);
            Serve(relay, tenant.HeldDown, tenant.Meter.Down, isUp: false, now);
            if (tenant.HeldUp.Count == 0 && tenant.HeldDown.Count == 0)
            {
                _held.Remove(tenant);
            }
        }
    }

    private static void Serve(
        RelayStage relay, Queue<(EdgeConnection Connection, uint Generation)> queue, Bandwidth bandwidth, bool isUp, long now)
    {
        var part = Math.Min(bandwidth.Available(now), MostInOneGo);
        if (bandwidth.Waiting > queue.Count)
        {
            part = Math.Max(Math.Min(part, Bandwidth.LeastBytes), (long)(part * ((double)queue.Count / bandwidth.Waiting)));
        }

        while (part >= Bandwidth.LeastBytes && queue.TryDequeue(out var first))
        {
            var (connection, generation) = first;
            if (!IsStill(connection, generation))
            {
                continue;
            }

            var moved = relay.TakeTurn(connection, isUp, Math.Min(part, TurnBytes));
            part -= moved;
            if (!IsStill(connection, generation))
            {
                continue;
            }

            ref var flow = ref isUp ? ref connection.Up : ref connection.Down;
            if (moved > 0 && bandwidth.IsLimited && flow is { Pending: 0, HasEnded: false })
            {
                queue.Enqueue(first);
            }
            else
            {
                // Nothing came, or its destination is blocked: the poll set tells when it goes on.
                Release(ref flow, bandwidth);
                relay.Arm(connection);
            }
        }
    }

    private static bool IsStill(EdgeConnection connection, uint generation) => connection.Generation == generation && connection.Stage == Stage.Relay;

    private static void Release(ref Flow flow, Bandwidth bandwidth)
    {
        if (flow.IsHeld)
        {
            flow.IsHeld = false;
            bandwidth.Release();
        }
    }

    private void Hold(EdgeConnection connection, LoopTenant tenant, bool isUp)
    {
        ref var flow = ref isUp ? ref connection.Up : ref connection.Down;
        flow.IsHeld = true;
        (isUp ? tenant.Meter.Up : tenant.Meter.Down).Hold();
        (isUp ? tenant.HeldUp : tenant.HeldDown).Enqueue((connection, connection.Generation));
        if (!_held.Contains(tenant))
        {
            _held.Add(tenant);
        }
    }

    private static TimeSpan Shorter(TimeSpan wait, int waiting, Bandwidth bandwidth, long now)
    {
        if (waiting == 0)
        {
            return wait;
        }

        var until = bandwidth.Until(TurnBytes, now);
        return until < wait ? until : wait;
    }
}
