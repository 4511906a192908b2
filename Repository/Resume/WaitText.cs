using System.Globalization;

namespace Headgate.Repository.Resume;

/// <summary>Reads how long a session waits, as <c>--session-wait</c> takes it.</summary>
internal static class WaitText
{
    /// <summary>What is taken, in words.</summary>
    public const string Allowed = "whole seconds, minutes or hours such as 90s, 20m, 2h";

    /// <summary>Whether <paramref name="text"/> is that; the limits are the options' affair.</summary>
    public static bool TryParse(string text, out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        var unit = text.Length > 1 ? text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 } : 0;

        // Seven digits of hours are a TimeSpan still; none of them is a wait that the options allow.
        if (unit == 0 || text.Length > 8 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        wait = TimeSpan.FromSeconds((long)number * unit);
        return true;
    }

    /// <summary>A wait in a sentence.</summary>
    public static string Say(TimeSpan wait) => wait.TotalSeconds < 120 ? $"{wait.TotalSeconds:0} seconds" : $"{wait.TotalMinutes:0} minutes";
}
