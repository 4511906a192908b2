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
    private readonly Dictionary<string, Owed> _byGateway = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImmutableHashSet<string>> _lastUsable = new(StringComparer.Ordinal);

    /// <summary>Connections promised to <paramref name="member"/> and not accepted.</summary>
    public long Outstanding(PoolMember member)
    {
        var promised = 0L;
        Outstanding([member], new Span<long>(ref promised));
        return promised;
    }

    /// <summary>Connections promised to each of <paramref name="members"/> and not accepted, in their order: all at one moment.</summary>
    public void Outstanding(ReadOnlySpan<PoolMember> members, Span<long> promised)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            for (var i = 0; i < members.Length; i++)
            {
                promised[i] = _byGateway.TryGetValue(members[i].Gateway, out var owed) ? owed.Sum(members[i], now) : 0;
            }
        }
    }

    /// <summary>Promises <paramref name="connections"/> more.</summary>
    public void Add(PoolMember member, int connections)
    {
        lock (_lock)
        {
            if (!_byGateway.TryGetValue(member.Gateway, out var owed))
            {
                _byGateway[member.Gateway] = owed = new Owed();
            }
            owed.Add(member, connections, time.GetUtcNow());
        }
    }

    /// <summary>Remembers who could be used in <paramref name="pools"/> while there was no doubt.</summary>
    public void RememberUsable(string pools, IEnumerable<string> gateways)
    {
        var usable = gateways.ToImmutableHashSet(StringComparer.Ordinal);
        lock (_lock)
        {
            _lastUsable[pools] = usable;
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

    /// <summary>What one gateway is owed. Promises retire in the order in which they were made, so each is looked at once or twice, however many there are.</summary>
    private sealed class Owed
    {
        private readonly Queue<Promise> _promises = new();
        private long _epoch;
        private long _through;
        private long _sum;

        public long Sum(PoolMember member, DateTimeOffset now)
        {
            if (_epoch != member.Epoch)
            {
                _promises.Clear();
                (_epoch, _through, _sum) = (member.Epoch, 0, 0);
            }
            while (_promises.TryPeek(out var first) && (member.Accepted >= first.Through || now - first.At >= Lifetime))
            {
                _sum -= _promises.Dequeue().Connections;
            }
            return _sum;
        }

        public void Add(PoolMember member, int connections, DateTimeOffset now)
        {
            var isFirst = Sum(member, now) == 0;
            _through = (isFirst ? member.Accepted : Math.Max(member.Accepted, _through)) + connections;
            _sum += connections;
            _promises.Enqueue(new Promise(_through, connections, now));
        }
    }

    // Through: the accepted count that says that these connections have come.
    private readonly record struct Promise(long Through, int Connections, DateTimeOffset At);
}
