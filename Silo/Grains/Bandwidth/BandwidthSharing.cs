using Headgate.Grains;

namespace Headgate.Silo.Grains.Bandwidth;

/// <summary>
/// Shares one direction of a tenant's bandwidth out over gateways (docs/bandwidth.md).
/// <para>
/// What a gateway <i>wants</i> is all it can get where it was held back, otherwise what it moved and an eighth more. Wants are met evenly by connections (weighted
/// max-min: who wants less than its even part leaves the rest to the others), over a small floor that everybody has; what nobody wants is lent out evenly.
/// </para>
/// <para>
/// Parts <i>move</i> safely: a gateway is told a smaller part at once, and a larger one only out of what is not out. Out is, for each gateway, the larger of what it
/// said holds there and what it was told since; so a part that was taken away goes to another when its gateway has said that it gave it up, and an answer that is lost
/// costs nothing. A sixty-fourth of the limit is kept for gateways that appear.
/// </para>
/// Not thread-safe.
/// </summary>
internal sealed class BandwidthSharing
{
    /// <summary>A gateway unheard for longer is taken for gone, and its part for free.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    /// <summary>For so long after the first report nobody is given more than it has: all gateways that are there report within it.</summary>
    public static readonly TimeSpan Learning = TimeSpan.FromSeconds(2.5);

    /// <summary>What a gateway that was told nothing yet begins with, as a part of the limit: lists name at most 8 gateways.</summary>
    public const int Beginners = 8;

    // Kept for gateways that appear, as a part of the limit; a floor is at most as large.
    private const int Reserve = 64;
    private const double Headroom = 1.125;

    private readonly Dictionary<string, Part> _parts = new(StringComparer.Ordinal);
    private readonly List<(double Want, int Weight)> _wants = [];
    private DateTimeOffset? _since;

    /// <summary>How much is out at most, bytes per second.</summary>
    public long Out => _parts.Values.Sum(part => part.Out);

    /// <summary>A gateway's report; answers its part, bytes per second, at least 1.</summary>
    /// <param name="gateway">Who.</param>
    /// <param name="connections">Its connections of the tenant, at least 1.</param>
    /// <param name="use">What it moved.</param>
    /// <param name="limit">The tenant's limit, bytes per second.</param>
    /// <param name="now">The time, by a clock that nobody can set.</param>
    /// <param name="trusted">Since when the silo runs without a pause: silence before it says nothing.</param>
    public long Report(string gateway, int connections, BandwidthUse use, long limit, DateTimeOffset now, DateTimeOffset trusted)
    {
        Forget(now, trusted);
        _since ??= now;
        var isNew = !_parts.TryGetValue(gateway, out var part);
        if (part is null)
        {
            _parts[gateway] = part = new Part { Told = limit / Beginners };
        }

        // Without a word about what holds there, the last answer is taken to have arrived. Of what holds there only what was given counts: what a gateway began with,
        // or kept over a long silence, is in no book and ends with the first answer that arrives.
        var isLearning = now - _since < Learning;
        var said = Math.Clamp(use.InForce ?? part.Told, 1, limit);
        var held = isLearning ? said : Math.Min(said, part.Out);
        (part.Heard, part.Weight, part.Want) = (now, Math.Max(1, connections), use.HeldBack ? double.PositiveInfinity : use.BytesPerSecond * Headroom);
        part.Told = isLearning ? held : Next(part, isNew, held, limit);
        part.Out = Math.Max(held, part.Told);
        return part.Told;
    }

    /// <summary>The tenant has no connection on the gateway any more.</summary>
    public void Leave(string gateway) => _parts.Remove(gateway);

    private long Next(Part part, bool isNew, long held, long limit)
    {
        var spread = limit - (limit / Reserve);
        var fair = FairPartOf(part, spread, limit / Reserve);
        if (!isNew && fair <= held)
        {
            return fair;
        }

        var others = Out - part.Out;
        // One that appears may have half of what was kept for such, so that there is something for the next.
        return isNew
            ? Math.Max(1, Math.Min(fair, Math.Max(spread - others, (limit - others) / 2)))
            : Math.Max(held, Math.Min(fair, spread - others));
    }

    private long FairPartOf(Part own, long spread, long mostFloor)
    {
        var floor = Math.Max(1, Math.Min(mostFloor, spread / (4 * _parts.Count)));
        double left = spread - (floor * _parts.Count);
        double weights = 0;
        _wants.Clear();
        foreach (var part in _parts.Values)
        {
            _wants.Add((Above(floor, part), part.Weight));
            weights += part.Weight;
        }

        // Those that want least for their connections first: as long as one wants less than its even part, the even part of the others grows.
        _wants.Sort((a, b) => (a.Want / a.Weight).CompareTo(b.Want / b.Weight));
        var all = weights;
        foreach (var (want, weight) in _wants)
        {
            var even = left / weights;
            if (want > even * weight)
            {
                return floor + (long)Math.Min(Above(floor, own), Math.Max(0, even) * own.Weight);
            }

            left -= want;
            weights -= weight;
        }

        return floor + (long)(Above(floor, own) + (left / all * own.Weight));
    }

    private static double Above(long floor, Part part) => Math.Max(0, part.Want - floor);

    private void Forget(DateTimeOffset now, DateTimeOffset trusted)
    {
        foreach (var (gateway, part) in _parts)
        {
            if (now - (part.Heard > trusted ? part.Heard : trusted) > Silence)
            {
                _parts.Remove(gateway);
            }
        }
    }

    private sealed class Part
    {
        public DateTimeOffset Heard { get; set; }

        public int Weight { get; set; }

        public double Want { get; set; }

        /// <summary>The last answer; before the first, what it begins with.</summary>
        public long Told { get; set; }

        /// <summary>The most that may hold there until its next report.</summary>
        public long Out { get; set; }
    }
}
