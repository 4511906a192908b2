using System.Buffers;
using System.Net.Sockets;
using Headgate.Gateway.Traffic;
using Headgate.Protocol.Sockets;
using Microsoft.Extensions.Logging;

namespace Headgate.Gateway.Relay;

/// <summary>
/// One connection on the managed relay: two loops, one for each direction. The first fault of either ends both, by closing the sockets under them.
/// A loop waits for bytes with a receive of zero bytes and rents a buffer only when there are some, so an idle connection holds none.
/// </summary>
internal sealed class ManagedRelayRun
{
    /// <summary>A wait for bandwidth looks at least so often whether the relay ended.</summary>
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_leastWait = TimeSpan.FromMilliseconds(1);

    private readonly RelayConnection _connection;
    private readonly RelayLimits _limits;
    private readonly ArrayPool<byte> _buffers;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Direction _up;
    private readonly Direction _down;
    private int _end;

    public ManagedRelayRun(RelayConnection connection, RelayLimits limits, ArrayPool<byte> buffers, TimeProvider time, ILogger log)
    {
        _connection = connection;
        _limits = limits;
        _buffers = buffers;
        _time = time;
        _log = log;
        var now = time.GetTimestamp();
        _up = new Direction(connection.Tenant, connection.Target, RelayEnd.TenantReset, RelayEnd.TargetReset, RelayEnd.TargetStalled, now);
        _down = new Direction(connection.Target, connection.Tenant, RelayEnd.TargetReset, RelayEnd.TenantReset, RelayEnd.TenantStalled, now);
    }

    public async Task<RelayResult> RunAsync()
    {
        // Both loops never throw, so neither can be left running behind the other.
        await Task.WhenAll(PumpUpAsync(), PumpAsync(_down));
        End(RelayEnd.Completed);
        return new RelayResult((RelayEnd)_end, _up.Bytes, _down.Bytes);
    }

    /// <summary>Ends the relay unless it ended already. Safe from any thread.</summary>
    public void End(RelayEnd end)
    {
        if (Interlocked.CompareExchange(ref _end, (int)end, (int)RelayEnd.None) != (int)RelayEnd.None)
        {
            return;
        }

        Close(_connection.Tenant, end);
        Close(_connection.Target, end);
    }

    /// <summary>Ends the relay when a limit has passed, or a peer went away behind a direction that waits for the other peer.</summary>
    public void CheckLimits()
    {
        if (Volatile.Read(ref _end) != (int)RelayEnd.None)
        {
            return;
        }

        var now = _time.GetTimestamp();
        foreach (var direction in (ReadOnlySpan<Direction>)[_up, _down])
        {
            var since = Volatile.Read(ref direction.SendingSince);
            if (since == 0 && !Volatile.Read(ref direction.Ended))
            {
                continue;
            }

            if (since != 0 && _time.GetElapsedTime(since, now) > _limits.Stall)
            {
                End(direction.Stalled);
                return;
            }

            // Nobody receives from it at the moment, or ever again, who would meet the reset.
            if (IsBroken(direction.From))
            {
                End(direction.FromReset);
                return;
            }
        }

        var last = Math.Max(Volatile.Read(ref _up.LastActivity), Volatile.Read(ref _down.LastActivity));
        if (_time.GetElapsedTime(last, now) > _limits.Idle)
        {
            End(RelayEnd.Idle);
        }
    }

    private async Task PumpUpAsync()
    {
        if (await TrySendAsync(_up, _connection.Head, _connection.TenantBytesInHead))
        {
            await PumpAsync(_up);
        }
    }

    private async Task PumpAsync(Direction direction)
    {
        byte[]? buffer = null;
        try
        {
            while (true)
            {
                await direction.From.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
                buffer = _buffers.Rent(_limits.BufferBytes);
                int received;
                do
                {
                    received = await direction.From.ReceiveAsync(buffer.AsMemory(0, _limits.BufferBytes), SocketFlags.None);
                    if (received > 0 && !await TrySendAsync(direction, buffer.AsMemory(0, received), received))
                    {
                        return;
                    }
                }
                while (received > 0 && direction.From.Available > 0);
                _buffers.Return(buffer);
                buffer = null;
                if (received == 0)
                {
                    PassOnEnd(direction);
                    return;
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            End(Cause(e, direction.FromReset));
        }
        catch (Exception e)
        {
            GatewayLog.RelayFault(_log, e);
            End(RelayEnd.Fault);
        }
        finally
        {
            if (buffer is not null)
            {
                _buffers.Return(buffer);
            }
        }
    }

    private async ValueTask<bool> TrySendAsync(Direction direction, ReadOnlyMemory<byte> bytes, int counted)
    {
        try
        {
            Volatile.Write(ref direction.SendingSince, _time.GetTimestamp());
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await direction.To.SendAsync(bytes, SocketFlags.None)..];
            }

            Volatile.Write(ref direction.SendingSince, 0);
            Volatile.Write(ref direction.LastActivity, _time.GetTimestamp());
            direction.Bytes += counted;
            await CountAsync(direction, counted);
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            End(Cause(e, direction.ToReset));
            return false;
        }
    }

    /// <summary>Counts what moved, and waits until the tenant's bandwidth allows more.</summary>
    private async ValueTask CountAsync(Direction direction, int bytes)
    {
        var isUp = direction == _up;
        if (isUp)
        {
            _connection.Counters.AddUp(bytes);
            _connection.Live?.MovedUp(bytes);
        }
        else
        {
            _connection.Counters.AddDown(bytes);
            _connection.Live?.MovedDown(bytes);
        }

        if (_connection.Live?.Meter is not { } meter)
        {
            return;
        }

        var bandwidth = isUp ? meter.Up : meter.Down;
        bandwidth.Charge(bytes, _time.GetTimestamp());
        while (bandwidth.Available(_time.GetTimestamp()) == 0 && Volatile.Read(ref _end) == (int)RelayEnd.None)
        {
            var wait = bandwidth.Until(Bandwidth.LeastBytes, _time.GetTimestamp());
            bandwidth.Hold();
            await Task.Delay(wait < s_longestWait ? wait + s_leastWait : s_longestWait, _time);
            bandwidth.Release();
        }
    }

    private void PassOnEnd(Direction direction)
    {
        // A send of the other direction may have met a reset first, and left this one to read an end. Once that direction has ended nobody sends there, and
        // a connection that both sides have ended looks closed as well.
        var other = direction == _up ? _down : _up;
        if (!Volatile.Read(ref other.Ended) && SocketReset.Happened(direction.From))
        {
            End(direction.FromReset);
            return;
        }

        Volatile.Write(ref direction.Ended, true);
        try
        {
            direction.To.Shutdown(SocketShutdown.Send);
            Volatile.Write(ref direction.LastActivity, _time.GetTimestamp());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Not connected: the other side reset the connection before it could be told.
            End(direction.ToReset);
        }
    }

    private static RelayEnd Cause(Exception e, RelayEnd reset) =>
        e is SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown or SocketError.HostDown }
            ? reset == RelayEnd.TenantReset ? RelayEnd.TenantLost : RelayEnd.TargetLost
            : reset;

    /// <summary>Whether an error is pending on a socket that nobody reads from at the moment. Does not take the error away.</summary>
    private static bool IsBroken(Socket socket)
    {
        try
        {
            return socket.Poll(0, SelectMode.SelectError);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return true;
        }
    }

    private static void Close(Socket socket, RelayEnd end)
    {
        if (end == RelayEnd.Completed)
        {
            socket.Dispose();
            return;
        }

        SocketReset.Close(socket);
    }

    private sealed class Direction(Socket from, Socket to, RelayEnd fromReset, RelayEnd toReset, RelayEnd stalled, long now)
    {
        public readonly Socket From = from;
        public readonly Socket To = to;
        public readonly RelayEnd FromReset = fromReset;
        public readonly RelayEnd ToReset = toReset;
        public readonly RelayEnd Stalled = stalled;

        /// <summary>Timestamp at which the send in progress began; 0 while there is none.</summary>
        public long SendingSince;
        public long LastActivity = now;

        /// <summary>The end of what <see cref="From"/> sends was passed on.</summary>
        public bool Ended;
        public long Bytes;
    }
}
