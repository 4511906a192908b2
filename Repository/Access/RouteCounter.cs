using Headgate.Protocol.Edge;

namespace Headgate.Repository.Access;

/// <summary>What one server name carried here. Safe for concurrent use.</summary>
internal sealed class RouteCounter(string serverName, TimeProvider time)
{
    private long _bytesUp;
    private long _bytesDown;
    private int _connections;
    private long _lastActivity = time.GetUtcNow().UtcTicks;

    /// <summary>The name.</summary>
    public string ServerName => serverName;

    /// <summary>Open connections.</summary>
    public int Connections => Volatile.Read(ref _connections);

    public void Opened()
    {
        Interlocked.Increment(ref _connections);
        Touch();
    }

    public void Closed()
    {
        Interlocked.Decrement(ref _connections);
        Touch();
    }

    public void Up(long bytes)
    {
        Interlocked.Add(ref _bytesUp, bytes);
        Touch();
    }

    public void Down(long bytes)
    {
        Interlocked.Add(ref _bytesDown, bytes);
        Touch();
    }

    /// <summary>As the heartbeat carries it.</summary>
    public RouteTraffic ToTraffic() => new(
        serverName,
        Interlocked.Read(ref _bytesUp),
        Interlocked.Read(ref _bytesDown),
        Connections,
        new DateTimeOffset(Interlocked.Read(ref _lastActivity), TimeSpan.Zero));

    private void Touch() => Interlocked.Exchange(ref _lastActivity, time.GetUtcNow().UtcTicks);
}
