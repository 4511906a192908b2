using System.Buffers;
using Headgate.Gateway.Traffic;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>
/// Bytes both ways. A socket is asked for what can be used now and for nothing else: a source whose destination is blocked is not listened to, so that data
/// gathers there; a destination is asked to tell when it can be written to only while bytes wait for it. A socket of which nothing is wanted stays in the
/// poll set, because a reset must be noticed, unless both its directions have ended: then there is nothing left to notice, and epoll would tell of it without end.
/// <para>An end of stream is passed on as a half-close, a reset as a reset; the first fault of either side ends both.</para>
/// </summary>
internal sealed class RelayStage(EventLoop loop, EdgeServices services)
{
    private readonly Mover _mover = new(loop);
    private readonly LoopTenants _tenants = loop.Tenants;
    private readonly int _stallBytes = services.Options.RelayBufferBytes;
    private readonly long _idle = Ticks(services.Time, services.Options.IdleTimeout);
    private readonly long _stall = Ticks(services.Time, services.Options.StallTimeout);
    private readonly long _beforeKeepAlive = services.Time.TimestampFrequency;

    /// <summary>The target took <paramref name="sent"/> bytes of <paramref name="head"/>; from here on bytes go both ways.</summary>
    public void Begin(EdgeConnection connection, ReadOnlySpan<byte> head, int sent)
    {
        var opening = connection.Opening!;
        connection.Stage = Stage.Relay;
        connection.LastActivity = loop.Now;
        Volatile.Write(ref connection.Owner, _tenants.Enter(opening.Tenant, opening.BytesPerSecond));
        services.Counters.RelayBegins();
        if (services.Log.IsEnabled(Microsoft.Extensions.Logging.LogLevel.Debug))
        {
            GatewayLog.RelayBegins(services.Log, connection.Source.ToEndPoint(), connection.Target!);
        }

        Count(connection, isUp: true, opening.HelloBytes);
        if (sent < head.Length)
        {
            ref var flow = ref connection.Up;
            flow.IsHead = true;
            Mover.Keep(ref flow, head[sent..]);
            flow.BlockedSince = loop.Now;
        }

        loop.Connections.EndOpening(connection);
        Arm(connection);
    }

    /// <summary>Something happened to one of the sockets.</summary>
    public void OnEvent(EdgeConnection connection, bool isTarget, uint events)
    {
        ref var side = ref isTarget ? ref connection.Far : ref connection.Near;
        if ((events & Libc.EpollOut) != 0 && (side.Wanted & Libc.EpollOut) != 0 && !Push(connection, isUp: isTarget))
        {
            return;
        }

        var wantsInput = (side.Wanted & Libc.EpollIn) != 0;
        if (wantsInput && (events & (Libc.EpollIn | Libc.EpollHangUp)) != 0)
        {
            // Also when it was reset: what it sent before is still there, and behind it the error.
            if (!Pull(connection, isUp: !isTarget))
            {
                return;
            }
        }
        else if ((events & Libc.EpollError) != 0)
        {
            End(connection, Cause(isTarget, Libc.PendingError(side.Socket)));
            return;
        }
        else if ((events & Libc.EpollHangUp) != 0 && (events & Libc.EpollOut) == 0)
        {
            side.HasHungUp = true;
        }

        Arm(connection);
    }

    /// <summary>Moves at most <paramref name="most"/> bytes for a flow that waited for bandwidth. Returns how many came from its source.</summary>
    public long TakeTurn(EdgeConnection connection, bool isUp, long most)
    {
        var before = Taken(connection, isUp);
        return Transfer(connection, isUp, most) ? Taken(connection, isUp) - before : 0;
    }

    /// <summary>Ends connections whose time is over, and sees to it that peers which went silently are found out.</summary>
    public void CheckLimits(EdgeConnection connection)
    {
        var now = loop.Now;
        if (now - connection.LastActivity > _idle)
        {
            End(connection, RelayEnd.Idle);
        }
        else if (connection.Up.Pending > 0 && now - connection.Up.BlockedSince > _stall)
        {
            End(connection, RelayEnd.TargetStalled);
        }
        else if (connection.Down.Pending > 0 && now - connection.Down.BlockedSince > _stall)
        {
            End(connection, RelayEnd.TenantStalled);
        }
        else if (!connection.HasKeepAlive && now - connection.Began > _beforeKeepAlive)
        {
            // Five calls that a connection of a moment is spared.
            connection.HasKeepAlive = true;
            EdgeSocket.KeepAlive(connection.Far.Socket);
        }
    }

    /// <summary>Ends the relay: in order when both directions are complete, by reset otherwise.</summary>
    public void End(EdgeConnection connection, RelayEnd end)
    {
        var (up, down) = (connection.Up.Bytes, connection.Down.Bytes);
        services.Counters.RelayEnds();
        services.Metrics.Relayed(end);
        if (services.Log.IsEnabled(Microsoft.Extensions.Logging.LogLevel.Debug))
        {
            GatewayLog.RelayEnded(
                services.Log, connection.Source.ToEndPoint(), connection.Target!, end, up, down, services.Time.GetElapsedTime(connection.Began, loop.Now));
        }

        _mover.Drop(ref connection.Up);
        _mover.Drop(ref connection.Down);
        _tenants.Leave(connection, connection.Owner!);
        loop.Connections.Close(connection, isReset: end != RelayEnd.Completed);
    }

    /// <summary>Tells epoll what is wanted now, if it was told something else.</summary>
    public void Arm(EdgeConnection connection)
    {
        loop.Poller.Want(connection, isTarget: false, Wanted(connection.Up, connection.Down));
        loop.Poller.Want(connection, isTarget: true, Wanted(connection.Down, connection.Up));
    }

    private static uint Wanted(in Flow outOf, in Flow into) =>
        (outOf is { HasEnded: false, Pending: 0, IsHeld: false } ? Libc.EpollIn : 0) | (into.Pending > 0 ? Libc.EpollOut : 0);

    private static long Taken(EdgeConnection connection, bool isUp)
    {
        ref var flow = ref isUp ? ref connection.Up : ref connection.Down;
        return flow.Bytes + flow.Pending;
    }

    private static RelayEnd Cause(bool isTarget, int error) => error is Libc.TimedOut or Libc.HostUnreachable or Libc.NetworkUnreachable or Libc.NetworkDown or Libc.HostDown
        ? isTarget ? RelayEnd.TargetLost : RelayEnd.TenantLost
        : isTarget ? RelayEnd.TargetReset : RelayEnd.TenantReset;

    private static long Ticks(TimeProvider time, TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    /// <summary>The destination takes bytes again. False when the relay ended.</summary>
    private bool Push(EdgeConnection connection, bool isUp)
    {
        ref var flow = ref isUp ? ref connection.Up : ref connection.Down;
        var pushed = _mover.Push(ref flow, (isUp ? connection.Far : connection.Near).Socket);
        if (pushed < 0)
        {
            End(connection, Cause(isUp, -pushed));
            return false;
        }

        // The source is not read from at once, though it has gathered bytes: epoll tells in the next round, when the destination has room for more of them.
        Progress(connection, ref flow, isUp, pushed);
        return true;
    }

    /// <summary>The source has bytes, or its end. False when the relay ended.</summary>
    private bool Pull(EdgeConnection connection, bool isUp)
    {
        var most = _tenants.MayMove(connection, connection.Owner!, isUp, loop.Now);
        return most == 0 || Transfer(connection, isUp, most);
    }

    private bool Transfer(EdgeConnection connection, bool isUp, long most)
    {
        ref var flow = ref isUp ? ref connection.Up : ref connection.Down;
        var (from, to) = isUp ? (connection.Near.Socket, connection.Far.Socket) : (connection.Far.Socket, connection.Near.Socket);
        var moved = _mover.Transfer(ref flow, from, to, most);
        switch (moved.What)
        {
            case Transferred.Outcome.Moved:
                Progress(connection, ref flow, isUp, moved.Value);
                return true;
            case Transferred.Outcome.Nothing:
                return true;
            case Transferred.Outcome.SourceEnded:
                return PassOnEnd(connection, ref flow, isUp);
            case Transferred.Outcome.SourceFailed:
                End(connection, Cause(!isUp, moved.Value));
                return false;
            default:
                End(connection, Cause(isUp, moved.Value));
                return false;
        }
    }

    private void Progress(EdgeConnection connection, ref Flow flow, bool isUp, int bytes)
    {
        if (bytes > 0)
        {
            connection.LastActivity = loop.Now;
            if (!flow.IsHead)
            {
                Count(connection, isUp, bytes);
            }
        }

        if (flow.Pending == 0)
        {
            flow.BlockedSince = 0;
            flow.TakenSince = 0;
            flow.IsHead = false;
            return;
        }

        // A peer that takes a byte now and then has stalled as well.
        flow.TakenSince += bytes;
        if (flow.BlockedSince == 0 || flow.TakenSince >= _stallBytes)
        {
            flow.BlockedSince = loop.Now;
            flow.TakenSince = 0;
        }
    }

    private void Count(EdgeConnection connection, bool isUp, int bytes)
    {
        ref var flow = ref isUp ? ref connection.Up : ref connection.Down;
        Volatile.Write(ref flow.Bytes, flow.Bytes + bytes);
        LoopTenants.Moved(connection.Owner!, isUp, bytes, loop.Now);
        loop.Traffic.Add(isUp, bytes);
    }

    private bool PassOnEnd(EdgeConnection connection, ref Flow flow, bool isUp)
    {
        flow.HasEnded = true;
        connection.LastActivity = loop.Now;
        if (connection.Up.HasEnded && connection.Down.HasEnded)
        {
            End(connection, RelayEnd.Completed);
            return false;
        }

        if (Libc.ShutDownWriting((isUp ? connection.Far : connection.Near).Socket) is < 0 and var error)
        {
            // Not connected: the other side reset the connection before it could be told.
            End(connection, Cause(isUp, -error));
            return false;
        }

        return true;
    }
}
