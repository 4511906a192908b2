using Headgate.Grains;
using Headgate.Silo.Grains.Gateways;

namespace Headgate.Balance.Bench;

/// <summary>A way to choose gateways. It sees what a silo sees: gateways' last heartbeats, and silences after 5 s.</summary>
internal abstract class Policy(string name)
{
    protected const int Places = 8;

    public string Name { get; } = name;

    protected View View { get; private set; } = null!;

    protected Draws Draws { get; private set; } = null!;

    protected VirtualTime Time { get; private set; } = null!;

    public virtual void Begin(View view, Draws draws, VirtualTime time) => (View, Draws, Time) = (view, draws, time);

    /// <summary>The list for a run that starts, best first.</summary>
    public abstract int[] Start(int tenant);

    /// <summary>The list that a run which goes on holds after <paramref name="seconds"/>, when lists changed in the meantime; others keep the first.</summary>
    public virtual int[] Held(int tenant, int[] first, double seconds) => first;
}

/// <summary>The silo's own code.</summary>
internal sealed class HeadgatePolicy(string name, ListUse later) : Policy(name)
{
    private readonly Dictionary<string, int> _indexes = new(StringComparer.Ordinal);
    private Promises _promises = null!;
    private PoolMember[] _usable = [];
    private long[] _promised = [];
    private (double At, long Version) _cached = (double.MinValue, -1);

    public override void Begin(View view, Draws draws, VirtualTime time)
    {
        base.Begin(view, draws, time);
        _promises = new Promises(time);
        _promised = new long[view.Members.Length];
        _indexes.Clear();
        for (var i = 0; i < view.Members.Length; i++)
        {
            _indexes[view.Members[i].Gateway] = i;
        }
    }

    public override int[] Start(int tenant)
    {
        var places = Rank(tenant, ListUse.Begins);
        if (places.Length > 0)
        {
            _promises.Add(View.Members[places[0]], 5);
        }
        return places;
    }

    // Reports come each 15 s and bring a list when there is a new version: what such a list says is what it says now.
    public override int[] Held(int tenant, int[] first, double seconds) => seconds < 15 ? first : Rank(tenant, later);

    private int[] Rank(int tenant, ListUse use)
    {
        // As rankers do: a snapshot of the pool is good for half a second while the version stands.
        if (Time.Now - _cached.At >= 0.5 || _cached.Version != View.Version)
        {
            _usable = [.. View.Members.Where((_, i) => View.Listed[i])];
            _cached = (Time.Now, View.Version);
        }
        _promises.Outstanding(_usable, _promised);
        var name = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"t{tenant}");
        return [.. Ranking.Of(_usable, _promised.AsSpan(0, _usable.Length), name, "nightly", use, stale: false).Select(place => _indexes[place.Gateway])];
    }
}

/// <summary>Any that is heard.</summary>
internal sealed class RandomPolicy() : Policy("random")
{
    public override int[] Start(int tenant)
    {
        var drawn = new HashSet<int>();
        for (var tries = 0; drawn.Count < Places && tries < 1000; tries++)
        {
            var gateway = Draws.Below(View.Members.Length);
            if (View.Listed[gateway])
            {
                drawn.Add(gateway);
            }
        }
        return [.. drawn];
    }
}

/// <summary>One after the other of those that are heard.</summary>
internal sealed class RoundRobinPolicy() : Policy("round robin")
{
    private int _next;

    public override int[] Start(int tenant)
    {
        var list = new List<int>();
        _next = (_next + 1) % View.Members.Length;
        for (var i = 0; i < View.Members.Length && list.Count < Places; i++)
        {
            var gateway = (_next + i) % View.Members.Length;
            if (View.Listed[gateway])
            {
                _next = list.Count == 0 ? gateway : _next;
                list.Add(gateway);
            }
        }
        return [.. list];
    }
}

/// <summary>All addresses under one name: each of 200 resolvers keeps an answer for a minute, in an order of its own; the dead ones stay in it.</summary>
internal sealed class DnsPolicy() : Policy("DNS order, kept 60 s by 200 resolvers")
{
    private readonly (double At, int First)[] _answers = [.. Enumerable.Repeat((double.MinValue, 0), 200)];

    public override int[] Start(int tenant)
    {
        ref var answer = ref _answers[tenant % _answers.Length];
        if (Time.Now - answer.At >= 60)
        {
            answer = (Time.Now, Draws.Below(View.Members.Length));
        }
        var first = answer.First;
        return [.. Enumerable.Range(0, Places).Select(i => (first + i) % View.Members.Length)];
    }
}

/// <summary>The fewest connections by the last heartbeats, and nothing else.</summary>
internal sealed class LeastConnectionsPolicy() : Policy("least connections by heartbeats alone")
{
    private readonly PriorityQueue<int, long> _worstFirst = new();

    public override int[] Start(int tenant)
    {
        _worstFirst.Clear();
        for (var i = 0; i < View.Members.Length; i++)
        {
            if (!View.Listed[i])
            {
                continue;
            }
            // The most loaded of the best eight goes when a better one comes; equals by number.
            var key = -((View.Members[i].Active * View.Members.Length) + i);
            if (_worstFirst.Count < Places)
            {
                _worstFirst.Enqueue(i, key);
            }
            else
            {
                _worstFirst.EnqueueDequeue(i, key);
            }
        }
        var list = new int[_worstFirst.Count];
        for (var place = list.Length - 1; place >= 0; place--)
        {
            list[place] = _worstFirst.Dequeue();
        }
        return list;
    }
}
