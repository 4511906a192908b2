namespace Headgate.Portal;

/// <summary>Reads cron expressions for pages; given by the process that runs the sites. Times are UTC, as everywhere on them.</summary>
public interface ICronReader
{
    /// <summary>When <paramref name="expression"/> is due next.</summary>
    /// <param name="expression">Five fields as crontab has them, or six with seconds first.</param>
    /// <param name="after">The time after which.</param>
    /// <param name="refusal">A sentence when the expression cannot be; otherwise null.</param>
    /// <returns>The time; null when there is none any more, or the expression cannot be.</returns>
    DateTimeOffset? Next(string expression, DateTimeOffset after, out string? refusal);
}
