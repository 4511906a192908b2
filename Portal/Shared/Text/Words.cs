namespace Headgate.Portal;

/// <summary>What screens call levels, modes and the ways a run can stand.</summary>
public static class Words
{
    /// <summary>Such as <c>Append only</c>.</summary>
    public static string Of(AccessLevel level) => level switch
    {
        AccessLevel.ReadOnly => "Read only",
        AccessLevel.AppendOnly => "Append only",
        _ => "Full",
    };

    /// <summary>What a level lets somebody do, in a sentence.</summary>
    public static string Meaning(AccessLevel level) => level switch
    {
        AccessLevel.ReadOnly => "Restores; adds and deletes nothing.",
        AccessLevel.AppendOnly => "Adds backups and restores; deletes nothing, so that a broken-in machine cannot either.",
        _ => "Adds, restores, deletes and prunes.",
    };

    /// <summary>Such as <c>No snapshot</c>.</summary>
    public static string Of(RunStatus status) => status switch
    {
        RunStatus.Running => "Running",
        RunStatus.Retrying => "Retrying",
        RunStatus.Succeeded => "Succeeded",
        RunStatus.Warning => "Warning",
        RunStatus.NoSnapshot => "No snapshot",
        RunStatus.Failed => "Failed",
        RunStatus.Cancelled => "Cancelled",
        RunStatus.Resumed => "Resumed",
        _ => "Lost",
    };

    /// <summary>What a run's state means at a glance.</summary>
    public static Tone ToneOf(RunInfo run) => run.Status switch
    {
        RunStatus.Running or RunStatus.Resumed => Tone.Active,
        RunStatus.Succeeded => Tone.Good,
        RunStatus.Retrying or RunStatus.Warning => Tone.Warning,
        RunStatus.Failed or RunStatus.Lost => Tone.Bad,
        _ => Tone.Neutral,
    };

    /// <summary>How a job meets network faults.</summary>
    public static string Of(JobMode mode) => mode switch
    {
        JobMode.Copy => "Copy",
        JobMode.Agentless => "Agentless",
        _ => "Backup",
    };

    /// <summary>What a mode means, in a sentence.</summary>
    public static string Meaning(JobMode mode) => mode switch
    {
        JobMode.Copy => "Copy: network faults do not reach the tool; the stream resumes",
        JobMode.Agentless => "Agentless: a stock restic with an access key; its state is told from its traffic",
        _ => "Backup: a failed attempt is retried, over another gateway",
    };
}
