using Headgate.Grains;

namespace Headgate.Silo.Grains.Gateways;

/// <summary>Ranks over the merged snapshots of its pools.</summary>
[GrainType("gateway-ranker")]
[StatelessWorker]
internal sealed class GatewayRanker(Promises promises, TimeProvider time) : Grain, IGatewayRanker
{
    private static readonly TimeSpan s_cached = TimeSpan.FromMilliseconds(500);
    private const int MaxConnections = 64;

    private readonly Dictionary<string, (PoolSnapshot Snapshot, DateTimeOffset At)> _snapshots = new(StringComparer.Ordinal);

    public async Task<RankedList> RankAsync(RankRequest request, CancellationToken cancellationToken)
    {
        Require.Range("connections", request.Connections, 0, MaxConnections);
        var pools = request.Pools.Prepend(this.GetPrimaryKeyString()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        long version = 0;
        var doubtful = false;
        var members = new Dictionary<string, PoolMember>(StringComparer.Ordinal);
        foreach (var pool in pools)
        {
            var snapshot = await SnapshotAsync(pool, cancellationToken);
            version += snapshot.Version;
            doubtful |= snapshot.Doubtful;
            foreach (var member in snapshot.Members.Where(member => member.WantedState == WantedState.Active))
            {
                members[member.Gateway] = member;
            }
        }
        var usable = Usable(string.Join(' ', pools), [.. members.Values], doubtful);
        var places = Ranking.Of(usable, id => promises.Outstanding(members[id]), $"{request.Tenant}\n{version}", doubtful);
        if (request.Connections > 0 && places.Length > 0)
        {
            promises.Add(members[places[0].Gateway], request.Connections);
        }
        return new RankedList(version, doubtful, places);
    }

    // In doubt: those of the last list, who fell silent just before it, and whoever is heard. With no last list (the silo has just started): everybody.
    private PoolMember[] Usable(string pools, PoolMember[] members, bool doubtful)
    {
        if (!doubtful)
        {
            var heard = members.Where(member => member.Heard).ToArray();
            promises.RememberUsable(pools, heard.Select(member => member.Gateway));
            return heard;
        }
        var last = promises.LastUsable(pools);
        var kept = last is null ? [] : members.Where(member => member.Heard || member.JustFallen || last.Contains(member.Gateway)).ToArray();
        if (kept.Length == 0)
        {
            return members;
        }
        promises.RememberUsable(pools, kept.Select(member => member.Gateway));
        return kept;
    }

    private async Task<PoolSnapshot> SnapshotAsync(string pool, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var grain = GrainFactory.GetGrain<IGatewayPoolGrain>(pool);
        // Loads may be a little old; a gateway that was drained is in no list any more, the very next one included.
        if (_snapshots.TryGetValue(pool, out var known) && now - known.At < s_cached && known.Snapshot.Version == await grain.GetVersionAsync(cancellationToken))
        {
            return known.Snapshot;
        }
        var snapshot = await grain.GetAsync(cancellationToken);
        _snapshots[pool] = (snapshot, now);
        return snapshot;
    }
}
