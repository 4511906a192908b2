using Headgate.Connector.Jobs;
using Headgate.Portal;

namespace Headgate.Server.Drills;

/// <summary>Cron expressions in UTC, read as the connector's are.</summary>
internal sealed class CronReader : ICronReader
{
    public DateTimeOffset? Next(string expression, DateTimeOffset after, out string? refusal) =>
        CronSchedule.TryParse(expression, TimeZoneInfo.Utc, out var schedule, out refusal) ? schedule!.NextAfter(after) : null;
}
