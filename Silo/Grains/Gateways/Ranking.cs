using Headgate.Grains;

namespace Headgate.Silo.Grains.Gateways;

/// <summary>
/// The order of a gateway list. Of one that begins an attempt, #1 has the least (active + promised) / weight; the other places are drawn by weight, for each job of a tenant another way and the same
/// one each time, so that tenants and jobs spread over the pool when a gateway dies and a gateway that comes or goes changes no other's place among them. One that
/// connectors do not come through stands behind all others. A list costs one pass over the candidates.
/// <para>
/// A list for a run that goes on is drawn altogether, and its #1 is the less loaded of the first two: all runs get a new one within seconds of each other whenever a
/// gateway comes or goes, nothing is promised for them, and with the least loaded one as everybody's #1 the next gateway that dies would send all its runs there.
/// </para>
/// </summary>
internal static class Ranking
{
    public const int MaxPlaces = 8;

    /// <summary>Ranks <paramref name="candidates"/>.</summary>
    /// <param name="candidates">Gateways that may be used.</param>
    /// <param name="promised">Connections promised to each and not accepted yet, in their order.</param>
    /// <param name="tenant">Whose list it is: what its own connectors say counts in it.</param>
    /// <param name="job">What else the draw depends on.</param>
    /// <param name="use">What the list is for.</param>
    /// <param name="stale">Marked in the reasons.</param>
    public static ImmutableArray<RankedGateway> Of(
        ReadOnlySpan<PoolMember> candidates, ReadOnlySpan<long> promised, string tenant, string job, ListUse use, bool stale)
    {
        if (candidates.IsEmpty)
        {
            return [];
        }
        var seed = Hash(job, Hash(tenant, OffsetBasis) ^ Separator);
        // The seven best draws, and one more, which takes the place of the one that turns out to be first.
        Span<Place> drawn = stackalloc Place[MaxPlaces];
        var count = 0;
        var first = default(Place);
        for (var i = 0; i < candidates.Length; i++)
        {
            var member = candidates[i];
            var draw = Draw(seed, member);
            var standing = Standing(member, tenant);
            var byLoad = new Place(i, standing, LoadOf(member, promised[i]), draw);
            first = i == 0 || byLoad.IsBefore(first) ? byLoad : first;
            Insert(drawn, ref count, new Place(i, standing, draw, 0));
        }
        var how = "least load: ";
        if (use == ListUse.GoesOn)
        {
            first = drawn[0];
            how = count == 1 ? "the only one: " : "drawn by weight: ";
            if (count > 1 && drawn[1].Standing == first.Standing)
            {
                (first, how) = (Load(candidates, promised, drawn[1]) < Load(candidates, promised, first) ? drawn[1] : first, "less load than the other of the first two drawn by weight: ");
            }
        }
        var doubted = stale ? "; the silo doubts its view and keeps the last list" : "";
        var places = ImmutableArray.CreateBuilder<RankedGateway>(Math.Min(MaxPlaces, candidates.Length));
        Add(candidates, promised, first.Index, how);
        foreach (var place in drawn[..count])
        {
            if (place.Index != first.Index && places.Count < MaxPlaces)
            {
                Add(candidates, promised, place.Index, "drawn by weight: ");
            }
        }
        return places.ToImmutable();

        static double Load(ReadOnlySpan<PoolMember> members, ReadOnlySpan<long> owed, Place place) => LoadOf(members[place.Index], owed[place.Index]);

        void Add(ReadOnlySpan<PoolMember> members, ReadOnlySpan<long> owed, int index, string because)
        {
            var member = members[index];
            var why = $"{because}{Figures(member, owed[index])}{Sinks(member, tenant)}{doubted}";
            places.Add(new RankedGateway(places.Count + 1, member.Gateway, member.Host, member.Port, why));
        }
    }

    /// <summary>Everybody of a pool by load, those in no list last.</summary>
    /// <param name="members">The pool's.</param>
    /// <param name="promised">Connections promised to each and not accepted yet, in their order.</param>
    /// <param name="usable">Ids of those that are in lists.</param>
    public static ImmutableArray<PoolPlace> Explain(ImmutableArray<PoolMember> members, long[] promised, IReadOnlySet<string> usable)
    {
        var order = Enumerable.Range(0, members.Length)
            .OrderBy(i => usable.Contains(members[i].Gateway) ? 0 : 1)
            .ThenBy(i => Standing(members[i], ""))
            .ThenBy(i => LoadOf(members[i], promised[i]))
            .ThenBy(i => members[i].Gateway, StringComparer.Ordinal);
        return
        [
            .. order.Select((i, place) =>
            {
                var member = members[i];
                var isUsable = usable.Contains(member.Gateway);
                var kept = isUsable && !member.Heard ? "; not heard, but so are too many others at once, so it is kept" : "";
                var why = isUsable ? $"{Figures(member, promised[i])}{Sinks(member, "")}{kept}" : $"in no list: {LeftOut(member)}";
                return new PoolPlace(member.Gateway, isUsable ? place + 1 : null, member.Active, promised[i], member.Weight, LoadOf(member, promised[i]), why, member.Held);
            }),
        ];
    }

    /// <summary>What the place of a gateway goes by.</summary>
    public static double LoadOf(PoolMember member, long promised) => (Math.Max(member.Active, member.Held) + promised) / (double)member.Weight;

    private static string Figures(PoolMember member, long promised) => member.Held > member.Active
        ? $"{member.Active} active by its own word, counted as {member.Held} by that of repositories, and {promised} promised at weight {member.Weight}"
        : $"{member.Active} active and {promised} promised at weight {member.Weight}";

    private static string LeftOut(PoolMember member) => member.WantedState switch
    {
        WantedState.Draining => "it drains",
        WantedState.Disabled => "it is disabled",
        _ => member.Epoch == 0 ? "not heard since the silo started" : $"not heard for more than {PoolLiveness.Silence.TotalSeconds:0} s",
    };

    private static string Sinks(PoolMember member, string tenant) => member.Doubt switch
    {
        null => "",
        { SinksForAll: true } doubt =>
            $"; behind the others, for connectors of {doubt.Tenants.Length} tenants did not come through it in the last {Trials.FailureCounts.TotalMinutes:0} minutes where other gateways led, "
            + $"and of {doubt.CameThrough} did in the last minute",
        { } doubt when IsOwn(doubt, tenant) =>
            $"; behind the others in the lists of this tenant, whose connectors did not come through it in the last {Trials.FailureCounts.TotalMinutes:0} minutes where other gateways led",
        { } doubt when tenant.Length == 0 =>
            $"; connectors of {doubt.Tenants.Length} {(doubt.Tenants.Length == 1 ? "tenant" : "tenants")} did not come through it, so it stands behind the others in the lists of these",
        _ => "",
    };

    // 0: reported itself. 1: matters in doubt only: merely believed to be there. 2 and 3: the same, and connectors do not come through.
    private static int Standing(PoolMember member, string tenant) =>
        (member.Heard && member.Epoch != 0 ? 0 : 1) + (member.Doubt is { } doubt && (doubt.SinksForAll || IsOwn(doubt, tenant)) ? 2 : 0);

    private static bool IsOwn(GatewayDoubt doubt, string tenant) => doubt.Tenants.BinarySearch(tenant, StringComparer.Ordinal) >= 0;

    private static void Insert(Span<Place> best, ref int count, Place place)
    {
        if (count == best.Length)
        {
            if (!place.IsBefore(best[count - 1]))
            {
                return;
            }
            count--;
        }
        var at = count++;
        for (; at > 0 && place.IsBefore(best[at - 1]); at--)
        {
            best[at] = best[at - 1];
        }
        best[at] = place;
    }

    // -ln(u) / weight with u uniform in (0, 1]: in ascending order this is a draw without replacement, by weight.
    private static double Draw(ulong seed, PoolMember member)
    {
        var uniform = ((Mix(Hash(member.Gateway, seed)) >> 11) + 1) / (double)(1UL << 53);
        return -Math.Log(uniform) / member.Weight;
    }

    // FNV-1a over UTF-16 units, then the finalizer of SplitMix64: no secret is in it, ids are short, and each list takes one for each gateway.
    private const ulong OffsetBasis = 14695981039346656037;
    private const ulong Prime = 1099511628211;
    private const ulong Separator = 0xFFFF;

    private static ulong Hash(string text, ulong seed)
    {
        var hash = seed;
        foreach (var unit in text)
        {
            hash = (hash ^ unit) * Prime;
        }
        return hash;
    }

    private static ulong Mix(ulong hash)
    {
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EB;
        return hash ^ (hash >> 31);
    }

    private readonly record struct Place(int Index, int Standing, double By, double Then)
    {
        public bool IsBefore(Place other) =>
            Standing != other.Standing ? Standing < other.Standing : By != other.By ? By < other.By : Then < other.Then;
    }
}
