using System.Collections.Immutable;
using Headgate.Gateway.Traffic;

namespace Headgate.Gateway;

/// <summary>What this process did since it started. Safe for concurrent use; each value only grows, but <see cref="Active"/>.</summary>
internal sealed class GatewayCounters(TimeProvider time)
{
    private readonly long[] _refused = new long[RefusalNames.Count];
    private long _accepted;
    private long _active;
    private long _relayed;
    private long _bytesUp;
    private long _bytesDown;
    private long _drainResets;
    private ImmutableArray<LoopTraffic> _loops = [];

    /// <summary>When counting began, in Unix milliseconds: tells two lives of one gateway apart.</summary>
    public long Epoch { get; } = time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Connections taken from the listening sockets, refused ones included.</summary>
    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>Connections being relayed.</summary>
    public long Active => Volatile.Read(ref _active);

    /// <summary>Relays begun.</summary>
    public long Relayed => Volatile.Read(ref _relayed);

    /// <summary>Bytes from tenants that a target took.</summary>
    public long BytesUp => Volatile.Read(ref _bytesUp) + _loops.Sum(loop => loop.Up);

    /// <summary>Bytes from targets that a tenant took.</summary>
    public long BytesDown => Volatile.Read(ref _bytesDown) + _loops.Sum(loop => loop.Down);

    /// <summary>Connections that the end of a drain reset, the provider's or this process's own.</summary>
    public long ResetByDrain => Volatile.Read(ref _drainResets);

    /// <summary>Refusals by reason; reasons that never occurred are left out.</summary>
    public Dictionary<string, long> Refused()
    {
        var refused = new Dictionary<string, long>(StringComparer.Ordinal);
        for (var i = 0; i < _refused.Length; i++)
        {
            if (Volatile.Read(ref _refused[i]) is > 0 and var count)
            {
                refused.Add(RefusalNames.Of((Refusal)i), count);
            }
        }

        return refused;
    }

    /// <summary>How often <paramref name="refusal"/> occurred.</summary>
    public long RefusedFor(Refusal refusal) => Volatile.Read(ref _refused[(int)refusal]);

    /// <summary>Counts what <paramref name="loop"/> moves too, from here on.</summary>
    public void Add(LoopTraffic loop) => ImmutableInterlocked.Update(ref _loops, static (loops, loop) => loops.Add(loop), loop);

    public void Accept() => Interlocked.Increment(ref _accepted);

    public void Refuse(Refusal refusal) => Interlocked.Increment(ref _refused[(int)refusal]);

    public void RelayBegins()
    {
        Interlocked.Increment(ref _relayed);
        Interlocked.Increment(ref _active);
    }

    public void RelayEnds() => Interlocked.Decrement(ref _active);

    public void DrainResets(int connections) => Interlocked.Add(ref _drainResets, connections);

    public void AddUp(long bytes) => Interlocked.Add(ref _bytesUp, bytes);

    public void AddDown(long bytes) => Interlocked.Add(ref _bytesDown, bytes);
}
