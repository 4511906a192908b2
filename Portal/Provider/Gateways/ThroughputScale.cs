namespace Headgate.Portal.Provider.Gateways;

/// <summary>What the top of a throughput chart stands for: 1, 2 or 5 times a power of ten, in KiB, MiB or GiB.</summary>
internal static class ThroughputScale
{
    /// <summary>The least top, so that a few heartbeats do not look like a storm: 10 KiB/s.</summary>
    public const double Least = 10 * 1024;

    /// <summary>The top after <paramref name="current"/> for a peak: up at once, down only when less than a quarter of it is used.</summary>
    public static double Next(double current, double peak) => peak > current || peak < current / 4 ? Of(peak) : current;

    /// <summary>The least top that holds <paramref name="peak"/>.</summary>
    public static double Of(double peak)
    {
        for (var unit = 1024d; ; unit *= 1024)
        {
            foreach (var step in (ReadOnlySpan<int>)[1, 2, 5, 10, 20, 50, 100, 200, 500])
            {
                if (step * unit >= Math.Max(peak, Least) || double.IsPositiveInfinity(unit))
                {
                    return step * unit;
                }
            }
        }
    }
}
