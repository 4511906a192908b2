namespace Headgate.Connector.Jobs;

/// <summary>What became of a job so far on this machine.</summary>
internal sealed record JobRecord
{
    /// <summary>All due times up to this one were dealt with: run, or left out by a rule.</summary>
    public DateTimeOffset? Accounted { get; init; }

    /// <summary>The run under way; that of a process which is no more when nobody holds the job's lock.</summary>
    public RunningRun? Running { get; init; }

    /// <summary>The last run that ended.</summary>
    public EndedRun? Last { get; init; }

    /// <summary>The last due time that was left out.</summary>
    public SkippedRun? Skipped { get; init; }
}
