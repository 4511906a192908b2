using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Forwarding;

/// <summary>Counters of one gateway in one attempt. Safe for concurrent use.</summary>
internal sealed class GatewayTraffic(string gateway)
{
    private Use? _use;
    private long _connections;
    private long _up;
    private long _down;
    private long _downBefore;
    private int _streams;

    /// <summary>The gateway's id.</summary>
    public string Gateway { get; } = gateway;

    /// <summary>A connection stands over it; of the first, why.</summary>
    /// <param name="reason">One of <see cref="PathReasons"/>.</param>
    /// <param name="after">The gateway whose place it took; null: none.</param>
    public void AddConnection(string reason, string? after = null)
    {
        Interlocked.CompareExchange(ref _use, new Use(reason, after), null);
        Interlocked.Increment(ref _connections);
    }

    /// <summary>Streams of a copy run that it carries just now.</summary>
    public int Streams => Volatile.Read(ref _streams);

    public void BeginStream() => Interlocked.Increment(ref _streams);

    public void EndStream() => Interlocked.Decrement(ref _streams);

    public void AddUp(int bytes) => Interlocked.Add(ref _up, bytes);

    public void AddDown(int bytes) => Interlocked.Add(ref _down, bytes);

    /// <summary>Whether bytes came over it since it was last asked.</summary>
    public bool HasMoved() => Interlocked.Read(ref _down) is var down && Interlocked.Exchange(ref _downBefore, down) != down;

    public PathEntry ToEntry() => new(Gateway, Interlocked.Read(ref _connections), Interlocked.Read(ref _up), Interlocked.Read(ref _down), Volatile.Read(ref _use)?.Reason, Volatile.Read(ref _use)?.After);

    private sealed record Use(string Reason, string? After);
}
