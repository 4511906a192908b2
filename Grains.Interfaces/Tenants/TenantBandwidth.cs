using System.Globalization;

namespace Headgate.Grains;

/// <summary>What a tenant's bandwidth limit may be, and how people write and read it: <c>100 MB/s</c>, <c>1 Gbit/s</c>, <c>64 KiB/s</c>, <c>none</c>.</summary>
public static class TenantBandwidth
{
    /// <summary>The smallest limit, bytes per second each way: below it not even lists of files get through in time.</summary>
    public const long LeastBytesPerSecond = 64 * 1024;

    /// <summary>The largest limit, bytes per second each way: 1 TiB/s.</summary>
    public const long MostBytesPerSecond = 1L << 40;

    /// <summary>What a limit may be, in words for a user.</summary>
    public const string Allowed = "a rate from 64 KiB/s to 1 TiB/s with its unit, such as '100 MB/s', '12.5 MiB/s' or '1 Gbit/s', or 'none'";

    private const string None = "none";

    // Bytes per second. Only bits may be written in any case: 'Mb/s' is read as bits by some and as bytes by others, so it is neither here.
    private static readonly (string Unit, decimal Factor)[] s_bytes =
    [
        ("TiB", 1024m * 1024 * 1024 * 1024), ("GiB", 1024m * 1024 * 1024), ("MiB", 1024m * 1024), ("KiB", 1024m),
        ("TB", 1e12m), ("GB", 1e9m), ("MB", 1e6m), ("KB", 1e3m), ("kB", 1e3m), ("B", 1m),
    ];

    private static readonly (string Unit, decimal Factor)[] s_bits =
    [
        ("tbit", 1e12m / 8), ("gbit", 1e9m / 8), ("mbit", 1e6m / 8), ("kbit", 1e3m / 8), ("bit", 1m / 8),
        ("tbps", 1e12m / 8), ("gbps", 1e9m / 8), ("mbps", 1e6m / 8), ("kbps", 1e3m / 8), ("bps", 1m / 8),
    ];

    /// <summary>Whether <paramref name="bytesPerSecond"/> can be a limit; null, none, can.</summary>
    public static bool IsPossible(long? bytesPerSecond) => bytesPerSecond is null or (>= LeastBytesPerSecond and <= MostBytesPerSecond);

    /// <summary>Parses a limit; <paramref name="bytesPerSecond"/> is null for <c>none</c>. False when it is not one or cannot be one. A number without a unit is refused: too many mean bits by it.</summary>
    public static bool TryParse(string? text, out long? bytesPerSecond)
    {
        bytesPerSecond = null;
        text = text?.Trim() ?? "";
        if (text.Equals(None, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        text = text.EndsWith("/s", StringComparison.OrdinalIgnoreCase) ? text[..^2].TrimEnd() : text;
        if (FactorOf(text) is not var (unit, factor)
            || text[..^unit.Length].TrimEnd() is not { Length: > 0 and <= 20 } number
            || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            || value > MostBytesPerSecond / factor)
        {
            return false;
        }

        bytesPerSecond = (long)(value * factor);
        return IsPossible(bytesPerSecond);
    }

    /// <summary>A limit as <see cref="TryParse"/> takes it: in the unit that says it without a rest, such as <c>100 MB/s</c> or <c>12.5 MiB/s</c>; <c>none</c> for null.</summary>
    public static string Format(long? bytesPerSecond)
    {
        if (bytesPerSecond is not { } rate)
        {
            return None;
        }

        foreach (var (unit, factor) in s_bytes.Where(unit => rate >= unit.Factor).OrderByDescending(unit => unit.Factor))
        {
            var value = rate / factor;
            if (value * 10 == decimal.Truncate(value * 10))
            {
                return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {unit}/s");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{rate} B/s");
    }

    private static (string Unit, decimal Factor)? FactorOf(string text)
    {
        foreach (var (unit, factor) in s_bits)
        {
            if (text.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
            {
                return (unit, factor);
            }
        }

        foreach (var (unit, factor) in s_bytes)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal))
            {
                return (unit, factor);
            }
        }

        return null;
    }
}
