using Headgate.Grains;

namespace Headgate.Silo.Grains.Gateways;

/// <summary>
/// What repositories say of a pool's gateways: the check on one that forwards and reports less load than it has. Repositories know which gateway each of their connections
/// came over, by a MAC that only it can make; a gateway's own figure is never below their sum but by a heartbeat's age, for it has connections to silos besides.
/// <para>
/// A gateway is ranked by that sum where it is more than <see cref="Slack"/> and a fifth above its own word, but as at most <see cref="MostOverMedian"/> times the pool's
/// median load: one that is so far up gets no run as the first of its list whatever is above, and a repository that lies makes no gateway more attractive than
/// that. A repository unheard for <see cref="Fresh"/> says nothing. In memory, not for concurrent use.
/// </para>
/// </summary>
internal sealed class HeldLoads
{
    /// <summary>A word of a repository counts so long: five of its heartbeats.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    /// <summary>Connections that may come or go between two heartbeats.</summary>
    public const int Slack = 10;

    public const int MostOverMedian = 3;

    // In a pool with nothing to do the median is 0, and one busy gateway that says 0 too is still to be behind the others.
    private const double LeastMedian = 0.1;

    private readonly Dictionary<string, (Dictionary<string, int> Held, DateTimeOffset At)> _byRepository = new(StringComparer.Ordinal);

    /// <summary>A repository's word, in place of its last one.</summary>
    public void Note(string repository, ImmutableArray<HeldCount> held, DateTimeOffset now)
    {
        var counts = new Dictionary<string, int>(held.Length, StringComparer.Ordinal);
        foreach (var count in held)
        {
            counts[count.Gateway] = count.Connections;
        }
        _byRepository[repository] = (counts, now);
    }

    /// <summary>What counts as held from each of <paramref name="members"/>, by the gateway's id; those whose own word holds are left out.</summary>
    public Dictionary<string, long> Judge(IReadOnlyCollection<PoolMember> members, DateTimeOffset now)
    {
        var judged = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var old in _byRepository.Where(word => now - word.Value.At > Fresh).Select(word => word.Key).ToArray())
        {
            _byRepository.Remove(old);
        }
        if (_byRepository.Count == 0)
        {
            return judged;
        }
        double? median = null;
        foreach (var member in members)
        {
            var said = 0L;
            foreach (var (held, _) in _byRepository.Values)
            {
                said += held.GetValueOrDefault(member.Gateway);
            }
            if (said <= member.Active + Slack + (member.Active / 5))
            {
                continue;
            }
            median ??= Median(members);
            var most = (long)(MostOverMedian * Math.Max(LeastMedian, median.Value) * member.Weight);
            if (Math.Min(said, most) is var counts && counts > member.Active)
            {
                judged[member.Gateway] = counts;
            }
        }
        return judged;
    }

    // Of what gateways say themselves: one that says far too much, or nothing, moves it little.
    private static double Median(IEnumerable<PoolMember> members)
    {
        var loads = members
            .Where(member => member is { Heard: true, WantedState: WantedState.Active } && member.Epoch != 0)
            .Select(member => member.Active / (double)member.Weight)
            .Order()
            .ToArray();
        return loads.Length == 0 ? 0 : loads[loads.Length / 2];
    }
}
