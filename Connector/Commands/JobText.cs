using System.Globalization;
using Headgate.Connector.Jobs;

namespace Headgate.Connector.Commands;

/// <summary>Kept jobs in words.</summary>
internal static class JobText
{
    /// <summary>A moment in this machine's time.</summary>
    public static string When(DateTimeOffset at) => at.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>When it is due next, jitter left out; what is wrong with a schedule that cannot be read any more.</summary>
    public static string Next(JobDefinition job, JobRecord record)
    {
        try
        {
            var after = record.Accounted is { } accounted && accounted > job.Added ? accounted : job.Added;
            return job.ReadSchedule(TimeZoneInfo.Local)?.NextAfter(after) is { } due ? When(due) : "-";
        }
        catch (FormatException)
        {
            return "unreadable";
        }
    }

    /// <summary>How a run ended.</summary>
    public static string End(EndedRun run) => run.ExitCode switch
    {
        null => "was killed",
        0 => "ok",
        ExitCodes.Cancelled => "was stopped",
        var code => string.Create(CultureInfo.InvariantCulture, $"exit code {code}"),
    };
}
