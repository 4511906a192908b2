using System.Globalization;
using Headgate.Connector.Forwarding;

namespace Headgate.Connector.Failover;

/// <summary>
/// What a tool's exit code means. restic's codes: 0 done, 1 failed, 3 some files could not be read, 10 no such repository, 11 locked, 12 wrong password,
/// 130 interrupted; restic before 0.17 uses 1 for 10 to 12 as well. So a failure is worth another attempt only when something in this attempt's own
/// connections speaks for the network or the repository: a gateway that failed, a connection that was lost, an answer of 500 or above. A wrong password
/// is then not tried four times over half an hour.
/// </summary>
internal static class ExitMeaning
{
    private const int Interrupted = 130;
    private const int Terminated = 143;

    /// <summary>Judges <paramref name="exitCode"/>; the sentence is for the run's record, null when there is nothing to say.</summary>
    public static (AttemptVerdict Verdict, string? Sentence) Judge(ToolProfile tool, int exitCode, AttemptRecord record)
    {
        var named = string.Create(CultureInfo.InvariantCulture, $"{tool.Name} ended with exit code {exitCode}");
        return (tool.IsRestic, exitCode) switch
        {
            (_, 0) => (AttemptVerdict.Finished, null),
            (true, 3) => (AttemptVerdict.Finished, "restic could not read some of the files (exit code 3)."),
            (true, 10) => (AttemptVerdict.Failed, "restic finds no repository there (exit code 10). Create it: headgate init --repository NAME"),
            (true, 11) => (AttemptVerdict.Failed, "The restic repository is locked by another restic (exit code 11)."),
            (true, 12) => (AttemptVerdict.Failed, "The password of the restic repository is wrong (exit code 12)."),
            (_, Interrupted or Terminated) => (AttemptVerdict.Cancelled, named + ": it was interrupted."),
            (true, not 1) => (AttemptVerdict.Failed, named + ", which the network does not cause."),
            _ when record.NetworkFailed => (AttemptVerdict.Retry, named + Network(record)),
            _ => (AttemptVerdict.Failed, named + ", while no connection was lost and no gateway failed: another attempt would end the same way."),
        };
    }

    private static string Network(AttemptRecord record)
    {
        var parts = new List<string>();
        if (record.ConnectionsLost > 0)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{record.ConnectionsLost} connections were lost"));
        }

        if (record.ServerErrors > 0)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"the repository answered {record.ServerErrors} requests with an error of its own"));
        }

        if (record.DialsFailed > 0)
        {
            parts.Add("gateways failed: " + string.Join("; ", record.Failures()));
        }

        return "; " + string.Join("; ", parts) + ".";
    }
}
