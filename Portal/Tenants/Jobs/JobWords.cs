namespace Headgate.Portal.Tenants.Jobs;

/// <summary>What jobs and runs say to their owner.</summary>
internal static class JobWords
{
    private static readonly TimeSpan s_good = TimeSpan.FromHours(24);

    /// <summary>Whether the job is one that backs up: a restore or a check is not late.</summary>
    public static bool IsBackup(JobInfo job) =>
        job.LastGood is not null
        || job.Runs is [var last, ..] && (last.Tool.EndsWith(" backup", StringComparison.Ordinal) || last.Tool.EndsWith(" copy", StringComparison.Ordinal) || !last.Tool.Contains(' ', StringComparison.Ordinal));

    /// <summary>How a job stands.</summary>
    public static (Tone Tone, string Text, string Why) Of(JobInfo job, DateTimeOffset now)
    {
        if (job.Runs is [{ Status: RunStatus.Running }, ..])
        {
            return (Tone.Active, "Running", "A run is under way.");
        }

        if (job.Runs is [{ Status: RunStatus.Resumed } resumed, ..])
        {
            return (Tone.Active, "Resumed", $"A run is under way; it went on over another connection {GapWords.Times(resumed.Gaps())}.");
        }

        if (job.Runs is [{ Status: RunStatus.Retrying }, ..])
        {
            return (Tone.Warning, "Tries again", "An attempt failed; the next one is due.");
        }

        var hasNoBackup = job is { Runs: [_, ..], LastGood: null } && IsBackup(job);
        if (job.MissedAt(now) is { } missed && !hasNoBackup)
        {
            return (Tone.Warning, "Missed", $"No run began at {Times.Of(missed)} UTC. {job.MissedWhy(now)}");
        }

        if (job is { Runs: [], Plan: { } plan })
        {
            return (Tone.Neutral, "Planned", $"Its first run is to begin at {Times.Of(plan.Next)} UTC.");
        }

        if (!IsBackup(job))
        {
            return (Tone.Neutral, "No backup job", "It restores or looks after the repository.");
        }

        return job.LastGood switch
        {
            null => (Tone.Bad, "Never", "It has not written a backup yet."),
            { } good when now - good <= s_good => (Tone.Good, "Good", "Its last backup is not older than 24 hours."),
            _ => (Tone.Warning, "Late", "Its last backup is older than 24 hours."),
        };
    }

    /// <summary>How a run stands.</summary>
    public static (Tone Tone, string Text) Of(RunInfo run) => run.Status switch
    {
        RunStatus.Running => (Tone.Active, "Running"),
        RunStatus.Resumed => (Tone.Active, "Resumed"),
        RunStatus.Retrying => (Tone.Warning, "Tries again"),
        RunStatus.Succeeded => (Tone.Good, "Succeeded"),
        RunStatus.Warning => (Tone.Warning, "With warnings"),
        // Without a reason none was to be written: it only read.
        RunStatus.NoSnapshot when AgentlessTool.Is(run.Tool) => (Tone.Neutral, "Ended, no backup"),
        RunStatus.NoSnapshot => run.Reason is null ? (Tone.Good, "Done") : (Tone.Bad, "No backup"),
        RunStatus.Failed => (Tone.Bad, "Failed"),
        RunStatus.Cancelled => (Tone.Neutral, "Cancelled"),
        RunStatus.Lost => (Tone.Bad, "Lost"),
        _ => (Tone.Neutral, run.Status.ToString()),
    };

    /// <summary>Whether a run is open.</summary>
    public static bool IsOpen(RunInfo run) => run.Status is RunStatus.Running or RunStatus.Retrying or RunStatus.Resumed;

    /// <summary>How long a run took, or takes.</summary>
    public static string Took(RunInfo run, DateTimeOffset now) => Times.Length((run.Ended ?? now) - run.Started);

    /// <summary>What a run sent.</summary>
    public static long BytesUp(RunInfo run) => run.Attempts.Sum(attempt => attempt.Path.Sum(step => step.BytesUp));

    /// <summary>What a run received.</summary>
    public static long BytesDown(RunInfo run) => run.Attempts.Sum(attempt => attempt.Path.Sum(step => step.BytesDown));
}
