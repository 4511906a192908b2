using Headgate.Silo.Problems;

namespace Headgate.Server.Administration;

/// <summary>How long enrolment codes last.</summary>
internal static class CodeLifetime
{
    /// <summary>How long a code lasts unless somebody says otherwise.</summary>
    public static readonly TimeSpan Default = TimeSpan.FromHours(24);

    private const long MinSeconds = 60;
    private const long MaxSeconds = 30L * 24 * 3600;

    /// <summary>A lifetime that a code may have.</summary>
    public static TimeSpan Of(long seconds)
    {
        new FieldChecks().Require(
            seconds is >= MinSeconds and <= MaxSeconds, "lifetime", $"{seconds} s", $"{MinSeconds} s to {MaxSeconds} s (30 days)").Done();
        return TimeSpan.FromSeconds(seconds);
    }
}
