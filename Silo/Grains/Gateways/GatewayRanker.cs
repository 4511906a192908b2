using Headgate.Grains;

namespace Headgate.Silo.Grains.Gateways;

/// <summary>Ranks over the merged snapshots of its pools.</summary>
[GrainType("gateway-ranker")]
[StatelessWorker]
internal sealed class GatewayRanker(Promises promises, TimeProvider time) : Grain, IGatewayRanker
{
    private static readonly TimeSpan s_cached = TimeSpan.FromMilliseconds(500);
    private const int MaxConnections = 64;

    // As many as tenants have different pools beside the first one; far fewer in practice.
    private const int MaxViews = 256;

    private readonly Dictionary<string, (PoolSnapshot Snapshot, DateTimeOffset At)> _snapshots = new(StringComparer.Ordinal);
    private readonly Dictionary<string, View> _views = new(StringComparer.Ordinal);
    private long[] _promised = [];

    public async Task<RankedList> RankAsync(RankRequest request, CancellationToken cancellationToken)
    {
        Require.Range("connections", request.Connections, 0, MaxConnections);
        var view = await ViewAsync(request.Pools, cancellationToken);
        var members = view.Usable;
        if (_promised.Length < members.Length)
        {
            _promised = new long[members.Length];
        }
        promises.Outstanding(members, _promised);
        var use = request.Connections > 0 ? ListUse.Begins : ListUse.GoesOn;
        var places = Ranking.Of(members, _promised.AsSpan(0, members.Length), request.Tenant, request.Job, use, view.Doubtful);
        if (request.Connections > 0 && places.Length > 0)
        {
            promises.Add(Array.Find(members, member => member.Gateway == places[0].Gateway)!, request.Connections);
        }
        return new RankedList(view.Version, view.Doubtful, places);
    }

    public async Task<ImmutableArray<PoolPlace>> ExplainAsync(CancellationToken cancellationToken)
    {
        var view = await ViewAsync([], cancellationToken);
        var members = view.Snapshots[0].Members;
        var promised = new long[members.Length];
        promises.Outstanding(members.AsSpan(), promised);
        return Ranking.Explain(members, promised, view.Usable.Select(member => member.Gateway).ToHashSet(StringComparer.Ordinal));
    }

    private async Task<View> ViewAsync(ImmutableArray<string> others, CancellationToken cancellationToken)
    {
        var pools = others.Prepend(this.GetPrimaryKeyString()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        var snapshots = new PoolSnapshot[pools.Length];
        for (var i = 0; i < pools.Length; i++)
        {
            snapshots[i] = await SnapshotAsync(pools[i], cancellationToken);
        }
        var key = string.Join(' ', pools);
        if (_views.TryGetValue(key, out var known) && known.Snapshots.AsSpan().SequenceEqual(snapshots))
        {
            return known;
        }
        if (_views.Count >= MaxViews)
        {
            _views.Clear();
        }
        return _views[key] = Merge(key, snapshots);
    }

    private View Merge(string pools, PoolSnapshot[] snapshots)
    {
        var doubtful = snapshots.Any(snapshot => snapshot.Doubtful);
        var members = new Dictionary<string, PoolMember>(StringComparer.Ordinal);
        foreach (var member in snapshots.SelectMany(snapshot => snapshot.Members).Where(member => member.WantedState == WantedState.Active))
        {
            members[member.Gateway] = member;
        }
        return new View(snapshots, snapshots.Sum(snapshot => snapshot.Version), doubtful, Usable(pools, [.. members.Values], doubtful));
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

    /// <summary>What lists over the same pools have in common, for as long as no snapshot is replaced.</summary>
    private sealed record View(PoolSnapshot[] Snapshots, long Version, bool Doubtful, PoolMember[] Usable);
}
