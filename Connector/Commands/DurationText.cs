using System.Globalization;

namespace Headgate.Connector.Commands;

/// <summary>Reads lengths of time such as <c>5s</c>, <c>2m</c>, <c>1h</c>.</summary>
internal static class DurationText
{
    /// <summary>The longest that is taken.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    /// <summary>Whether <paramref name="text"/> is whole seconds, minutes or hours, up to 24 hours in all.</summary>
    public static bool TryParse(string text, out TimeSpan length)
    {
        length = TimeSpan.Zero;
        var unit = text.Length > 1 ? text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 } : 0;
        if (unit == 0 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        // In seconds first: a TimeSpan does not hold every number of hours.
        var seconds = (long)number * unit;
        if (seconds > Longest.TotalSeconds)
        {
            return false;
        }

        length = TimeSpan.FromSeconds(seconds);
        return true;
    }
}
