using System.Collections.Concurrent;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Proxy;
using Headgate.Repository.Blobs;
using Microsoft.AspNetCore.Connections;

namespace Headgate.Repository.Access;

/// <summary>The live connections. Safe for concurrent use.</summary>
internal sealed partial class ConnectionRegistry(
    RecentCommits commits,
    RepositoryMetrics metrics,
    TimeProvider time,
    ILogger<ConnectionRegistry> logger)
{
    private readonly Lock _order = new();
    private readonly ConcurrentDictionary<string, ClientConnection> _connections = new();
    private readonly ConcurrentDictionary<string, RouteCounter> _counters = new();
    private int _sessions;

    /// <summary>Live connections, among them those still in their handshake. A session counts by its leg.</summary>
    public int Count => _connections.Count - Volatile.Read(ref _sessions);

    /// <summary>The live connections now.</summary>
    public IEnumerable<ClientConnection> All => _connections.Values;

    /// <summary>Takes a connection in.</summary>
    public ClientConnection Open(ConnectionContext transport, ProxyHeader header)
    {
        // One lock for drawing the place and being seen: ForgetCommits must not look between the two.
        lock (_order)
        {
            var connection = new ClientConnection(transport, header, commits.Next(), time);
            _connections[connection.Id] = connection;
            metrics.ConnectionOpened();
            return connection;
        }
    }

    /// <summary>
    /// Takes a session in, under the name and the certificate of its first leg. From here on whoever closes the route finds the session, and no
    /// more the leg.
    /// </summary>
    public ClientConnection OpenSession(ConnectionContext transport, ClientConnection leg)
    {
        lock (_order)
        {
            var session = new ClientConnection(transport, leg.Header, commits.Next(), time, ConnectionRole.Session)
            {
                Kind = leg.Kind,
                ServerName = leg.ServerName,
                Connector = leg.Connector,
            };
            session.Follow(leg);
            Bind(session);
            Interlocked.Increment(ref _sessions);
            _connections[session.Id] = session;
            leg.BecomesLeg();
            return session;
        }
    }

    /// <summary>TLS stands: the connection counts for its server name.</summary>
    public void Bind(ClientConnection connection)
    {
        connection.Counter = _counters.GetOrAdd(connection.ServerName, name => new RouteCounter(name, time));
        connection.Counter.Opened();
    }

    /// <summary>The connection is over.</summary>
    public void Close(ClientConnection connection)
    {
        if (_connections.TryRemove(connection.Id, out _))
        {
            connection.Counter?.Closed();
            if (connection.Role == ConnectionRole.Session)
            {
                Interlocked.Decrement(ref _sessions);
                return;
            }

            metrics.ConnectionClosed();
        }
    }

    /// <summary>Ends one. It is counted and logged once, though it stays listed, and may be ended again, until all that it did has ended.</summary>
    public void End(ClientConnection connection, ConnectionEnd reason)
    {
        if (connection.TryEnd())
        {
            metrics.ConnectionEnded(reason);
            LogEnded(connection.Id, connection.ServerName, connection.Gateway, Words.Kebab(reason.ToString()));
        }

        connection.Abort(reason);
    }

    /// <summary>Ends every connection that <paramref name="which"/> names and whose role the reason goes with.</summary>
    public void EndWhere(Func<ClientConnection, bool> which, ConnectionEnd reason)
    {
        foreach (var connection in _connections.Values)
        {
            if (connection.IsEndedBy(reason) && which(connection))
            {
                End(connection, reason);
            }
        }
    }

    /// <summary>Lets go of what the delayed-deletion rule no longer needs.</summary>
    public void ForgetCommits()
    {
        long oldest;
        lock (_order)
        {
            oldest = commits.Next();
            foreach (var connection in _connections.Values)
            {
                oldest = Math.Min(oldest, connection.Accepted);
            }
        }

        commits.Forget(oldest);
    }

    /// <summary>What runs' routes carried.</summary>
    public IReadOnlyList<RouteTraffic> Traffic(Func<string, bool> isOpenRoute)
    {
        var traffic = new List<RouteTraffic>();
        foreach (var counter in _counters.Values)
        {
            if (isOpenRoute(counter.ServerName))
            {
                traffic.Add(counter.ToTraffic());
            }
            else if (counter.Connections == 0)
            {
                _counters.TryRemove(new(counter.ServerName, counter));
            }
        }

        return traffic;
    }

    /// <summary>
    /// Connections by the gateway that relays each. A session counts by the leg that carries it: a suspended one is nobody's load.
    /// </summary>
    public IReadOnlyList<GatewayConnections> ByGateway() =>
    [
        .. _connections.Values
            .Where(connection => connection.Role != ConnectionRole.Session)
            .CountBy(connection => connection.Gateway, StringComparer.Ordinal)
            .Select(held => new GatewayConnections(held.Key, held.Value)),
    ];

    [LoggerMessage(201, LogLevel.Information, "Connection {Connection} to {ServerName} through gateway {Gateway} ended: {Reason}")]
    private partial void LogEnded(string connection, string serverName, string gateway, string reason);
}
