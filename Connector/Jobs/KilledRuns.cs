using System.Globalization;

namespace Headgate.Connector.Jobs;

/// <summary>Runs whose process is no more and did not say how they ended: it was killed, or the machine stopped.</summary>
internal static class KilledRuns
{
    /// <summary>Writes down that the run under way was one, if it was; for whoever holds the job's lock. What cannot be read or written is said.</summary>
    public static EndedRun? Settle(JobStore store, string job, DateTimeOffset now, Action<string> say)
    {
        if (store.TryRecordOf(job, say).Running is not { } running)
        {
            return null;
        }

        var ended = new EndedRun(running.Began, now, null, running.Log, "Its process ended without a word: it was killed, or the machine stopped.");
        store.TryChange(job, record => record with { Running = null, Last = ended }, say);
        return ended;
    }

    /// <summary>For people.</summary>
    public static string Sentence(string job, EndedRun killed) => string.Create(
        CultureInfo.InvariantCulture,
        $"the run of job {job} that began at {killed.Began.ToLocalTime():yyyy-MM-dd HH:mm:ss} did not end in order: its process was killed, or the machine stopped. Its log: headgate jobs log {job} --run {killed.Log}");
}
