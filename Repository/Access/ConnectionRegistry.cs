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

    /// <summary>Live connections, among them those still in their handshake.</summary>
    public int Count => _connections.Count;

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
            metrics.ConnectionClosed();
        }
    }

    /// <summary>Ends one.</summary>
    public void End(ClientConnection connection, ConnectionEnd reason)
    {
        metrics.ConnectionEnded(reason);
        LogEnded(connection.Id, connection.ServerName, connection.Gateway, Words.Kebab(reason.ToString()));
        connection.Abort(reason);
    }

    /// <summary>Ends every connection that <paramref name="which"/> names.</summary>
    public void EndWhere(Func<ClientConnection, bool> which, ConnectionEnd reason)
    {
        foreach (var connection in _connections.Values)
        {
            if (which(connection))
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

    [LoggerMessage(201, LogLevel.Information, "Connection {Connection} to {ServerName} through gateway {Gateway} ended: {Reason}")]
    private partial void LogEnded(string connection, string serverName, string gateway, string reason);
}
