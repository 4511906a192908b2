namespace Headgate.Silo.Grains.Gateways;

/// <summary>
/// Who of a pool is alive, by the silo's clock, and whether to believe it (section 6.3 of the design): when most of a pool falls silent at once, or the silo
/// has just started or was paused itself, the fault is more likely ours.
/// </summary>
internal static class PoolLiveness
{
    /// <summary>A gateway unheard for longer is silent.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    /// <summary>After its start, or a pause of its own, a silo gives gateways this long to be heard.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>Silences that begin within this of each other began at once.</summary>
    public static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(5);

    /// <summary>After this a silence is believed, provided somebody else of the pool is heard.</summary>
    public static readonly TimeSpan Doubt = TimeSpan.FromMinutes(5);

    /// <summary>Whether one heard last at <paramref name="heard"/> (null: never) is alive.</summary>
    public static bool IsHeard(DateTimeOffset? heard, DateTimeOffset since, DateTimeOffset now) =>
        heard is { } last ? now - last <= Silence : now - since < Grace;

    /// <summary>
    /// Whether one that is not alive may have fallen silent together with others: those fell up to <see cref="AtOnce"/> later, and a list may be asked for
    /// some time after that. The last list had left it out already when the first to fall came alone for a moment.
    /// </summary>
    public static bool HasJustFallen(DateTimeOffset? heard, DateTimeOffset now) =>
        heard is { } last && now - last > Silence && now - last <= Silence + AtOnce + AtOnce;

    /// <summary>Whether the pool's silence is to be doubted.</summary>
    /// <param name="heard">When each gateway that should be active was heard last; null: never.</param>
    /// <param name="start">When the silo started, or went on after a pause.</param>
    /// <param name="now">The time.</param>
    public static bool IsDoubtful(IEnumerable<DateTimeOffset?> heard, DateTimeOffset start, DateTimeOffset now)
    {
        if (now - start < Grace)
        {
            return true;
        }
        var known = heard.OfType<DateTimeOffset>().ToArray();
        var alive = known.Count(last => now - last <= Silence);
        var fallen = known
            .Where(last => now - last > Silence && (alive == 0 || now - last <= Silence + Doubt))
            .Order()
            .ToArray();
        var atOnce = 0;
        for (int first = 0, last = 0; last < fallen.Length; last++)
        {
            while (fallen[last] - fallen[first] > AtOnce)
            {
                first++;
            }
            atOnce = Math.Max(atOnce, last - first + 1);
        }
        return fallen.Length > 0 && (alive == 0 || atOnce > alive);
    }
}
