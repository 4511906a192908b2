using System.Globalization;

namespace Headgate.Protocol.Naming;

/// <summary>Sizes as people write and read them. APIs carry bytes; input takes <c>500GiB</c> and <c>500GB</c>; screens say GiB.</summary>
public static class ByteSize
{
    private static readonly (string Suffix, decimal Factor)[] s_units =
    [
        ("KiB", 1024m), ("MiB", 1024m * 1024), ("GiB", 1024m * 1024 * 1024), ("TiB", 1024m * 1024 * 1024 * 1024),
        ("PiB", 1024m * 1024 * 1024 * 1024 * 1024),
        ("kB", 1e3m), ("KB", 1e3m), ("MB", 1e6m), ("GB", 1e9m), ("TB", 1e12m), ("PB", 1e15m), ("B", 1m), ("", 1m),
    ];

    /// <summary>What a size may be, in words for a user.</summary>
    public const string Allowed = "a number with a unit, such as 500GiB, 500GB, 1.5TiB or 1048576 (bytes), up to 8 EiB";

    /// <summary>Parses a size to bytes; false when it is not one, is negative, or does not fit in 63 bits. A fraction of a byte is cut.</summary>
    public static bool TryParse(string? text, out long bytes)
    {
        bytes = 0;
        text = text?.Trim();
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        foreach (var (suffix, factor) in s_units)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal))
            {
                continue;
            }

            var number = text[..^suffix.Length].TrimEnd();
            if (number.Length is 0 or > 20
                || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
                || value * factor > long.MaxValue)
            {
                return false;
            }

            bytes = (long)(value * factor);
            return true;
        }

        return false;
    }

    /// <summary>A size for a screen: bytes up to 1 KiB, then one decimal and a binary unit, such as <c>1.5 GiB</c>.</summary>
    public static string Format(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        double value = bytes;
        var unit = 0;
        while (Math.Abs(value) >= 1024 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return unit == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes} B")
            : string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {units[unit]}");
    }
}
