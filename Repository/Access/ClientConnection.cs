using System.Net;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Proxy;
using Microsoft.AspNetCore.Connections;

namespace Headgate.Repository.Access;

/// <summary>
/// One connection from a tenant: what its PROXY header and its TLS handshake said. Bound to one server name for its life. Among the
/// connection's features.
/// </summary>
internal sealed class ClientConnection(ConnectionContext transport, ProxyHeader header, long accepted, TimeProvider time)
{
    private long _waitingSince;
    private volatile string[] _keys = [];

    /// <summary>The connection's id in logs.</summary>
    public string Id => transport.ConnectionId;

    /// <summary>When it was accepted, in the order of <see cref="Blobs.RecentCommits"/>.</summary>
    public long Accepted => accepted;

    /// <summary>The gateway that relays it.</summary>
    public string Gateway => header.Gateway;

    /// <summary>The server name, as told by that gateway.</summary>
    public string Authority => header.Authority;

    /// <summary>The tenant's address, as told by that gateway.</summary>
    public IPEndPoint Source => header.Source;

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

    /// <summary>How long the request under way has been waiting for the peer; null when it is not.</summary>
    public TimeSpan? WaitingForPeer => Volatile.Read(ref _waitingSince) is var since && since != 0 ? time.GetElapsedTime(since) : null;

    /// <summary>Requests under way: 0 or 1.</summary>
    public int Requests;

    /// <summary>A wait for the peer begins: from here on the stall rule counts.</summary>
    public void WaitBegins() => Volatile.Write(ref _waitingSince, time.GetTimestamp());

    /// <summary>Bytes moved, or nothing more is awaited.</summary>
    public void WaitEnds() => Volatile.Write(ref _waitingSince, 0);

    /// <summary>Remembers a key, so that its revocation ends this connection.</summary>
    public void UsedKey(string key)
    {
        if (!_keys.Contains(key))
        {
            _keys = [.. _keys, key];
        }
    }

    /// <summary>Resets it.</summary>
    public void Abort(ConnectionEnd reason) =>
        transport.Abort(new ConnectionAbortedException($"Ended by the repository: {Words.Kebab(reason.ToString())}."));
}
