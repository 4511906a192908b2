using Quartz;

namespace Headgate.Connector.Jobs;

/// <summary>
/// Due times by a cron expression in a time zone. Two kinds meet the days on which clocks change differently, as people expect of them:
/// <list type="bullet">
/// <item>With hours given (<c>30 2 * * *</c>) it is due once on each day that it names: a time that clocks jump over is due at the moment of the jump, one that comes twice
/// the first time.</item>
/// <item>With any hour (<c>*/10 * * * *</c>) it goes on as time does: nothing is due for what clocks jump over, and all is due again in an hour that comes twice.</item>
/// </list>
/// Due times are moments, so a clock that is set changes which are past, never how many there are. Immutable.
/// </summary>
public sealed class CronSchedule
{
    private static readonly TimeSpan s_step = TimeSpan.FromHours(12);
    private static readonly TimeSpan s_longestOverlap = TimeSpan.FromHours(3);

    private readonly IReadOnlyList<CronExpression> _expressions;

    private CronSchedule(string text, TimeZoneInfo zone, IReadOnlyList<CronExpression> expressions) => (Text, Zone, _expressions) = (text, zone, expressions);

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Whose clocks it goes by.</summary>
    public TimeZoneInfo Zone { get; }

    /// <summary>Whether it goes by elapsed time, and names no hours of the day.</summary>
    public bool GoesByInterval => _expressions.All(expression => CronText.GoesByInterval(expression.CronExpressionString));

    /// <summary>
    /// Reads an expression of five fields (crontab's: minute, hour, day of month, month, day of week from 0 = Sunday), of six or seven (Quartz's, with seconds first), or
    /// one of <c>@hourly</c>, <c>@daily</c>, <c>@weekly</c>, <c>@monthly</c>, <c>@yearly</c>.
    /// </summary>
    /// <param name="text">The expression.</param>
    /// <param name="zone">Whose clocks it goes by.</param>
    /// <param name="schedule">The schedule; null when it cannot be.</param>
    /// <param name="refusal">A sentence that names the expression, what is wrong and what is allowed; null when it can be.</param>
    public static bool TryParse(string text, TimeZoneInfo zone, out CronSchedule? schedule, out string? refusal)
    {
        schedule = null;
        var expressions = new List<CronExpression>();
        var read = CronText.Read(text, out var why);
        foreach (var expression in read ?? [])
        {
            try
            {
                expressions.Add(new CronExpression(expression) { TimeZone = TimeZoneInfo.Utc });
            }
            catch (FormatException e)
            {
                why = e.Message.TrimEnd('.');
            }
        }

        if (why is null && expressions.TrueForAll(expression => expression.GetNextValidTimeAfter(DateTimeOffset.UnixEpoch) is null))
        {
            why = "it names no day that there is";
        }

        refusal = why is null ? null : $"'{text}' cannot be a schedule: {why}. Five fields (minute, hour, day of month, month, day of week), such as 30 2 * * 1-5, six with seconds first, or @daily.";
        schedule = why is null ? new CronSchedule(text, zone, expressions) : null;
        return schedule is not null;
    }

    /// <summary>The first due time after <paramref name="moment"/>, to the second and in the zone's time; null when there is none any more.</summary>
    public DateTimeOffset? NextAfter(DateTimeOffset moment)
    {
        DateTimeOffset? next = null;
        foreach (var expression in _expressions)
        {
            if (NextAfter(expression, moment.UtcDateTime) is { } candidate && (next is null || candidate < next))
            {
                next = candidate;
            }
        }

        return next is { } due ? TimeZoneInfo.ConvertTime(due, Zone) : null;
    }

    public override string ToString() => Text;

    /// <summary>
    /// Time as clocks show it goes in pieces of one offset each. Within a piece the expression is asked in that time; at a piece's end comes what clocks jump over, or
    /// show again.
    /// </summary>
    private DateTimeOffset? NextAfter(CronExpression expression, DateTime moment)
    {
        var byInterval = CronText.GoesByInterval(expression.CronExpressionString);
        var offset = Zone.GetUtcOffset(moment);
        var after = moment + offset;
        if (!byInterval && ChangeWithin(moment - s_longestOverlap, moment) is { } before && Zone.GetUtcOffset(before.AddSeconds(-1)) is var earlier && earlier > offset)
        {
            // Clocks went back not long ago: what they show twice was due the first time.
            after = Later(after, before + earlier - TimeSpan.FromSeconds(1));
        }

        while (Shown(expression, after) is { } shown)
        {
            var due = shown - offset;
            if (ChangeWithin(moment, due) is not { } change)
            {
                return new DateTimeOffset(due, TimeSpan.Zero);
            }

            var next = Zone.GetUtcOffset(change);
            var (left, entered) = (change + offset, change + next);
            if (!byInterval && shown < entered)
            {
                return new DateTimeOffset(change, TimeSpan.Zero);
            }

            var from = byInterval || left < entered ? entered : left;
            (moment, offset, after) = (change, next, from - TimeSpan.FromSeconds(1));
        }

        return null;
    }

    private static DateTime Later(DateTime one, DateTime other) => one > other ? one : other;

    private static DateTime? Shown(CronExpression expression, DateTime after) =>
        expression.GetNextValidTimeAfter(new DateTimeOffset(DateTime.SpecifyKind(after, DateTimeKind.Unspecified), TimeSpan.Zero)) is { } next
            ? DateTime.SpecifyKind(next.UtcDateTime, DateTimeKind.Utc)
            : null;

    /// <summary>The first moment after <paramref name="from"/> and up to <paramref name="to"/> at which the zone's offset is another one.</summary>
    private DateTime? ChangeWithin(DateTime from, DateTime to)
    {
        var offset = Zone.GetUtcOffset(from);
        for (var (same, ahead) = (from, from); same < to; same = ahead)
        {
            ahead = to - same > s_step ? same + s_step : to;
            if (Zone.GetUtcOffset(ahead) == offset)
            {
                continue;
            }

            var (low, high) = (same, ahead);
            while (high - low > TimeSpan.FromSeconds(1))
            {
                var middle = low + ((high - low) / 2);
                (low, high) = Zone.GetUtcOffset(middle) == offset ? (middle, high) : (low, middle);
            }

            // Offsets change on whole seconds.
            return new DateTime(high.Ticks - (high.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Utc);
        }

        return null;
    }
}
