using Headgate.Grains;

namespace Headgate.Silo.Grains.Gateways;

/// <summary>
/// Connections that this silo has sent to gateways and that those have not accepted yet, so that runs that start together spread. A promise retires when the
/// gateway's accepted count has passed it, when the gateway has started anew, or after <see cref="Lifetime"/>. One per silo, shared by its rankers.
/// Also keeps each pool set's last list of believed gateways, for when the present view is doubtful. Safe for concurrent use.
/// </summary>
internal sealed class Promises(TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<Promise>> _byGateway = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImmutableHashSet<string>> _lastUsable = new(StringComparer.Ordinal);

    /// <summary>Connections promised to <paramref name="member"/> and not accepted.</summary>
    public long Outstanding(PoolMember member)
    {
        lock (_lock)
        {
            return Live(member).Sum(promise => promise.Connections);
        }
    }

    /// <summary>Promises <paramref name="connections"/> more.</summary>
    public void Add(PoolMember member, int connections)
    {
        lock (_lock)
        {
            var live = Live(member);
            var through = Math.Max(member.Accepted, live.Count == 0 ? 0 : live[^1].Through) + connections;
            live.Add(new Promise(member.Epoch, through, connections, time.GetUtcNow()));
        }
    }

    /// <summary>Remembers who could be used in <paramref name="pools"/> while there was no doubt.</summary>
    public void RememberUsable(string pools, IEnumerable<string> gateways)
    {
        lock (_lock)
        {
            _lastUsable[pools] = gateways.ToImmutableHashSet(StringComparer.Ordinal);
        }
    }

    /// <summary>Who could be used when there was no doubt; null when that never was.</summary>
    public ImmutableHashSet<string>? LastUsable(string pools)
    {
        lock (_lock)
        {
            return _lastUsable.GetValueOrDefault(pools);
        }
    }

    private List<Promise> Live(PoolMember member)
    {
        if (!_byGateway.TryGetValue(member.Gateway, out var promises))
        {
            _byGateway[member.Gateway] = promises = [];
        }
        var now = time.GetUtcNow();
        promises.RemoveAll(promise => promise.Epoch != member.Epoch || member.Accepted >= promise.Through || now - promise.At >= Lifetime);
        return promises;
    }

    // Through: the accepted count that says that these connections have come.
    private sealed record Promise(long Epoch, long Through, int Connections, DateTimeOffset At);
}
