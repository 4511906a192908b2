using System.Globalization;

namespace Headgate.Portal;

/// <summary>Bytes and rates as screens say them.</summary>
public static class Sizes
{
    private static readonly string[] s_units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Such as <c>1.5 GiB</c>.</summary>
    public static string Of(long bytes)
    {
        double value = bytes;
        var unit = 0;
        while (Math.Abs(value) >= 1024 && unit < s_units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        var format = unit == 0 || value >= 100 ? "0" : value >= 10 ? "0.#" : "0.##";
        return value.ToString(format, CultureInfo.InvariantCulture) + " " + s_units[unit];
    }

    /// <summary>Together, at most <see cref="long.MaxValue"/>: limits are chosen freely and counts come from others, and no sum of them may break a page.</summary>
    public static long Sum(IEnumerable<long> bytes) => bytes.Aggregate(0L, (sum, more) => (long)Int128.Min(long.MaxValue, (Int128)sum + Math.Max(0, more)));

    /// <summary>Such as <c>12 MiB/s</c>.</summary>
    public static string Rate(double bytesPerSecond) => Of((long)Math.Max(0, bytesPerSecond)) + "/s";

    /// <summary>Whole per cent, rounded down, so that 100 means full; 0 of nothing.</summary>
    public static int Percent(long used, long limit) => limit <= 0 ? 0 : (int)Int128.Min(999, (Int128)used * 100 / limit);
}
