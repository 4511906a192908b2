using System.Globalization;

namespace Headgate.Connector.Jobs;

/// <summary>
/// Reads a cron expression as people write it into those that Quartz reads. Five fields (minute, hour, day of month, month, day of week) are crontab(5)'s: days of the
/// week count from 0, which is Sunday as 7 is, and where both kinds of day are given either will do, which takes two of Quartz's expressions. Six or seven fields, with
/// seconds first, are Quartz's own. <c>@hourly</c>, <c>@daily</c>, <c>@weekly</c>, <c>@monthly</c> and <c>@yearly</c> stand for their five fields. Pure.
/// </summary>
internal static class CronText
{
    private const string Any = "*";

    private static readonly string[] s_days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    /// <summary>Quartz's expressions, any of which may be due; null with a sentence when it cannot be.</summary>
    public static IReadOnlyList<string>? Read(string text, out string? refusal)
    {
        refusal = null;
        var fields = Expand(text.Trim()).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is 6 or 7)
        {
            return [string.Join(' ', fields)];
        }

        if (fields.Length != 5)
        {
            refusal = string.Create(CultureInfo.InvariantCulture, $"it has {fields.Length} fields");
            return null;
        }

        var strange = fields.FirstOrDefault(field => field.Any(c => !(char.IsAsciiLetterOrDigit(c) || c is '*' or ',' or '-' or '/')));
        if (strange is not null)
        {
            refusal = $"'{strange}' has characters that none of five fields takes";
            return null;
        }

        var (minute, hour, dayOfMonth, month) = (fields[0], fields[1], fields[2], fields[3]);
        if (DaysOfWeek(fields[4]) is not { } dayOfWeek)
        {
            refusal = $"'{fields[4]}' is not a day of the week (0 to 7, or SUN to SAT)";
            return null;
        }

        var time = $"0 {minute} {hour}";
        return (dayOfMonth, dayOfWeek) switch
        {
            (Any, Any) => [$"{time} * {month} ?"],
            (_, Any) => [$"{time} {dayOfMonth} {month} ?"],
            (Any, _) => [$"{time} ? {month} {dayOfWeek}"],
            _ => [$"{time} {dayOfMonth} {month} ?", $"{time} ? {month} {dayOfWeek}"],
        };
    }

    /// <summary>Whether it goes by elapsed time (each hour, each ten minutes) and not by times of the day.</summary>
    public static bool GoesByInterval(string expression) => expression.Split(' ')[2].StartsWith('*');

    private static string Expand(string text) => text switch
    {
        "@hourly" => "0 * * * *",
        "@daily" or "@midnight" => "0 0 * * *",
        "@weekly" => "0 0 * * 0",
        "@monthly" => "0 0 1 * *",
        "@yearly" or "@annually" => "0 0 1 1 *",
        _ => text,
    };

    // Spelled out by name, because Quartz counts them from 1.
    private static string? DaysOfWeek(string field)
    {
        if (field == Any)
        {
            return Any;
        }

        var chosen = new bool[s_days.Length];
        foreach (var part in field.Split(','))
        {
            var (range, step) = part.Split('/') switch
            {
                [var all] => (all, 1),
                [var all, var every] when int.TryParse(every, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 8 => (all, number),
                _ => ("", 0),
            };
            var (first, last) = range.Split('-') switch
            {
                [Any] => (0, 6),
                [var one] => (DayOf(one), part.Contains('/', StringComparison.Ordinal) ? 6 : DayOf(one)),
                [var from, var to] => (DayOf(from), DayOf(to)),
                _ => (-1, -1),
            };
            if (first < 0 || last < 0)
            {
                return null;
            }

            // FRI-MON goes round the end of the week; 5-7 ends on the Sunday after it.
            for (var day = first; day <= (last < first ? last + 7 : last); day += step)
            {
                chosen[day % 7] = true;
            }
        }

        return Array.TrueForAll(chosen, isChosen => isChosen) ? Any : string.Join(',', s_days.Where((_, day) => chosen[day]));
    }

    private static int DayOf(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number is >= 0 and <= 7 ? number : -1
            : Array.IndexOf(s_days, text.ToUpperInvariant());
}
