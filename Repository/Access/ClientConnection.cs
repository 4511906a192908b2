using System.Net;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Proxy;
using Microsoft.AspNetCore.Connections;

namespace Headgate.Repository.Access;

/// <summary>
/// One connection from a tenant: what its PROXY header and its TLS handshake said. Bound to one server name for its life. Among the
/// connection's features. A resumable stream is one such connection for its whole life, whatever carries it.
/// </summary>
internal sealed class ClientConnection(
    ConnectionContext transport, ProxyHeader header, long accepted, TimeProvider time, ConnectionRole role = ConnectionRole.Plain)
{
    private volatile ProxyHeader _header = header;
    private volatile ConnectionRole _role = role;
    private long _waitingSince;
    private long _legSince;
    private bool _suspended;
    private bool _isEnded;
    private long _heard = time.GetTimestamp();
    private volatile string[] _keys = [];

    /// <summary>The connection's id in logs.</summary>
    public string Id => transport.ConnectionId;

    /// <summary>When it was accepted, in the order of <see cref="Blobs.RecentCommits"/>.</summary>
    public long Accepted => accepted;

    /// <summary>What the gateway told; of a session, of its newest leg.</summary>
    public ProxyHeader Header => _header;

    /// <summary>What it is: a connection by itself, a leg of a session, or a session.</summary>
    public ConnectionRole Role => _role;

    /// <summary>The gateway that relays it; of a session, the one that its newest leg came through.</summary>
    public string Gateway => _header.Gateway;

    /// <summary>The server name, as told by that gateway.</summary>
    public string Authority => _header.Authority;

    /// <summary>The tenant's address, as told by that gateway.</summary>
    public IPEndPoint Source => _header.Source;

    /// <summary>The name it asked for, in lower case; empty until TLS began.</summary>
    public string ServerName { get; set; } = "";

    /// <summary>What the name leads to.</summary>
    public ServerNameKind Kind { get; set; }

    /// <summary>On a route, who the client certificate names: <c>tenant/connector</c>.</summary>
    public string? Connector { get; set; }

    /// <summary>The handshake was refused, counted and logged.</summary>
    public bool IsRefused { get; set; }

    /// <summary>Bytes and times of the route, shared by its connections; null before TLS stands.</summary>
    public RouteCounter? Counter { get; set; }

    /// <summary>Access keys that this connection was let in with.</summary>
    public IReadOnlyList<string> Keys => _keys;

    /// <summary>
    /// How long the request under way has been waiting for the peer; null when it is not. Of a session, only the time for which the present
    /// leg showed that the peer is there: a gap is not a stall, it has the session's wait.
    /// </summary>
    public TimeSpan? WaitingForPeer
    {
        get
        {
            var since = Volatile.Read(ref _waitingSince);
            if (since == 0)
            {
                return null;
            }

            if (_role != ConnectionRole.Session)
            {
                return time.GetElapsedTime(since);
            }

            var from = Math.Max(since, Volatile.Read(ref _legSince));
            var heard = Volatile.Read(ref _heard);
            return heard > from ? time.GetElapsedTime(from, heard) : TimeSpan.Zero;
        }
    }

    /// <summary>How long a leg has brought nothing at all.</summary>
    public TimeSpan SilentFor => time.GetElapsedTime(Volatile.Read(ref _heard));

    /// <summary>Of a session: how long its newest leg carries it, or carried it.</summary>
    public TimeSpan CarriedFor => time.GetElapsedTime(Volatile.Read(ref _legSince));

    /// <summary>Requests under way: 0 or 1.</summary>
    public int Requests;

    /// <summary>A wait for the peer begins: from here on the stall rule counts.</summary>
    public void WaitBegins() => Volatile.Write(ref _waitingSince, time.GetTimestamp());

    /// <summary>Bytes moved, or nothing more is awaited.</summary>
    public void WaitEnds() => Volatile.Write(ref _waitingSince, 0);

    /// <summary>This connection carries a session: what ends the session ends it too, and it counts for no route of its own.</summary>
    public void BecomesLeg() => _role = ConnectionRole.Leg;

    /// <summary>Of a session: from here on <paramref name="leg"/> carries it.</summary>
    public void Follow(ClientConnection leg)
    {
        _header = leg._header;
        var now = time.GetTimestamp();
        Volatile.Write(ref _legSince, now);
        Volatile.Write(ref _heard, now);
    }

    /// <summary>Something came from the peer.</summary>
    public void Heard() => Volatile.Write(ref _heard, time.GetTimestamp());

    /// <summary>Whether a reason is one to end this connection for. A leg ends with its session, and a session outlives its gateways.</summary>
    public bool IsEndedBy(ConnectionEnd reason) => _role switch
    {
        ConnectionRole.Leg => reason is ConnectionEnd.GatewayRemoved or ConnectionEnd.LegSilent,
        ConnectionRole.Session => reason is not (ConnectionEnd.GatewayRemoved or ConnectionEnd.LegSilent),
        _ => reason is not ConnectionEnd.LegSilent,
    };

    /// <summary>Remembers a key, so that its revocation ends this connection.</summary>
    public void UsedKey(string key)
    {
        if (!_keys.Contains(key))
        {
            _keys = [.. _keys, key];
        }
    }

    /// <summary>Of a session: no leg carries it.</summary>
    public bool IsSuspended { get => Volatile.Read(ref _suspended); set => Volatile.Write(ref _suspended, value); }

    /// <summary>What ends a session; null for a connection that is reset.</summary>
    public Action<ConnectionEnd>? OnEnd { get; set; }

    /// <summary>True for the first who ends it.</summary>
    public bool TryEnd() => !Interlocked.Exchange(ref _isEnded, true);

    /// <summary>Resets it.</summary>
    public void Abort(ConnectionEnd reason)
    {
        if (OnEnd is { } end)
        {
            end(reason);
            return;
        }

        transport.Abort(new ConnectionAbortedException($"Ended by the repository: {Words.Kebab(reason.ToString())}."));
    }
}
