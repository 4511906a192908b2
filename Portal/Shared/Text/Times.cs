using System.Globalization;

namespace Headgate.Portal;

/// <summary>Times as screens say them, in UTC.</summary>
public static class Times
{
    /// <summary>Such as <c>2026-11-21 14:03</c>.</summary>
    public static string Of(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>Such as <c>3 min ago</c> or <c>in 5 d</c>.</summary>
    public static string Ago(DateTimeOffset time, DateTimeOffset now)
    {
        var distance = now - time;
        if (distance.Duration() < TimeSpan.FromSeconds(10))
        {
            return "just now";
        }

        return distance > TimeSpan.Zero ? Length(distance) + " ago" : "in " + Length(-distance);
    }

    /// <summary>Such as <c>42 s</c>, <c>3 min</c>, <c>5 h</c> or <c>12 d</c>.</summary>
    public static string Length(TimeSpan length) => length switch
    {
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{(int)length.TotalSeconds} s"),
        { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{(int)length.TotalMinutes} min"),
        { TotalHours: < 48 } => string.Create(CultureInfo.InvariantCulture, $"{(int)length.TotalHours} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)length.TotalDays} d"),
    };
}
