using Headgate.Grains;

namespace Headgate.Silo.Grains.Jobs;

/// <summary>How runs end, and what a job remembers of their way. Pure.</summary>
internal static class RunRules
{
    public const int MaxReasonLength = 2000;

    /// <summary>What an attempt's gaps may add up to: 365 days.</summary>
    public const long MaxGapMilliseconds = 365L * 24 * 60 * 60 * 1000;

    /// <summary>How late a run's end may be told: 365 days.</summary>
    public const long MaxEndedAgoMilliseconds = 365L * 24 * 60 * 60 * 1000;

    private const int MaxPathSteps = 64;
    private static readonly TimeSpan s_repositorySilence = TimeSpan.FromSeconds(30);

    // restic: 3 means that some files could not be read; the snapshot is there.
    private const int WarningExitCode = 3;

    /// <summary>What a run's end means.</summary>
    public static RunStatus EndStatus(int? exitCode, bool cancelled, bool hasSnapshot) => (exitCode, cancelled, hasSnapshot) switch
    {
        (_, true, _) => RunStatus.Cancelled,
        (0, _, true) => RunStatus.Succeeded,
        (0, _, false) => RunStatus.NoSnapshot,
        (WarningExitCode, _, true) => RunStatus.Warning,
        _ => RunStatus.Failed,
    };

    /// <summary>How an open run stands by what its connector reports.</summary>
    public static RunStatus OpenStatus(RunProgress progress) =>
        progress.Waiting ? RunStatus.Retrying : progress.Gaps.Resumes > 0 ? RunStatus.Resumed : RunStatus.Running;

    /// <summary>Counts and times that can be.</summary>
    /// <exception cref="RefusedException">They cannot.</exception>
    public static void CheckGaps(StreamGaps gaps)
    {
        Require.Range("resumes", gaps.Resumes, 0, int.MaxValue);
        Require.Range("gapMilliseconds", gaps.Milliseconds, 0, MaxGapMilliseconds);
        Require.Range("longestGapMilliseconds", gaps.LongestMilliseconds, 0, gaps.Milliseconds);
    }

    /// <summary>restic's subcommand that backs up; its others look after the repository and write no snapshot by themselves.</summary>
    public const string BackupTool = "restic backup";

    /// <summary>What the names of restic's subcommands begin with.</summary>
    public const string ResticTools = "restic ";

    /// <summary>What a failover drill runs: it writes objects and takes them away again.</summary>
    public const string DrillTool = "headgate drill";

    /// <summary>Whether a run that ends well should have written a snapshot. Of tools that are not known the best is believed: that they back up.</summary>
    public static bool ExpectsSnapshot(string tool, bool readsOnly) =>
        !readsOnly && tool != DrillTool && (tool == BackupTool || !tool.StartsWith(ResticTools, StringComparison.Ordinal));

    /// <summary>The sentence for an end that the connector gave no reason for; null where none is needed.</summary>
    public static string? EndReason(RunStatus status, int? exitCode, bool expectsSnapshot) => status switch
    {
        RunStatus.NoSnapshot => expectsSnapshot ? "The tool ended well but wrote no snapshot: nothing was backed up." : null,
        RunStatus.Warning => "The tool wrote a snapshot and warned: some files could not be read. Its output names them.",
        RunStatus.Cancelled => "The run was cancelled.",
        RunStatus.Failed => exitCode is { } code ? $"The tool ended with exit code {code}." : "The tool was not started.",
        _ => null,
    };

    /// <summary>The repository's word about a snapshot came after the end: what was judged without it is judged again.</summary>
    public static RunEntry WithLateSnapshot(RunEntry run)
    {
        var exitCode = run.Attempts.IsEmpty ? null : run.Attempts[^1].ExitCode;
        var judgedWithout = run.Status == RunStatus.NoSnapshot || (run.Status == RunStatus.Failed && exitCode == WarningExitCode);
        if (!judgedWithout)
        {
            return run;
        }
        var status = EndStatus(exitCode, cancelled: false, hasSnapshot: true);
        return run with { Status = status, Reason = EndReason(status, exitCode, ExpectsSnapshot(run.Tool, run.ReadsOnly)) };
    }

    /// <summary>When a run ended that ended <paramref name="ago"/>, by the silo's clock: not before its last attempt, and not in time to come.</summary>
    /// <exception cref="RefusedException">Nothing ended so long ago.</exception>
    public static DateTimeOffset EndedAt(RunEntry run, TimeSpan? ago, DateTimeOffset now)
    {
        var milliseconds = (long)(ago ?? TimeSpan.Zero).TotalMilliseconds;
        Require.Range("endedAgoMilliseconds", milliseconds, 0, MaxEndedAgoMilliseconds);
        var last = run.Attempts[^1];
        var (ended, earliest) = (now.AddMilliseconds(-milliseconds), last.Ended ?? last.Started);
        return ended >= earliest ? ended : earliest < now ? earliest : now;
    }

    /// <summary>A lost run without what the loss wrote into its last attempt. Others stay as they are.</summary>
    public static RunEntry WithoutLoss(RunEntry run) => run.Status == RunStatus.Lost && run.Attempts[^1].Ended == run.Ended
        ? WithLastAttempt(run, attempt => attempt with { Ended = null, Reason = null })
        : run;

    /// <summary>A path as it is kept: steps of one gateway merged, in order of first use.</summary>
    public static ImmutableArray<PathStep> Merge(ImmutableArray<PathStep> path)
    {
        var merged = new List<PathStep>();
        foreach (var step in path.IsDefault ? [] : path)
        {
            Require.Identifier("path.gateway", step.Gateway);
            var at = merged.FindIndex(known => known.Gateway == step.Gateway);
            if (at >= 0)
            {
                var known = merged[at];
                merged[at] = known with
                {
                    Connections = known.Connections + step.Connections,
                    BytesUp = known.BytesUp + step.BytesUp,
                    BytesDown = known.BytesDown + step.BytesDown,
                };
            }
            else if (merged.Count < MaxPathSteps)
            {
                merged.Add(step);
            }
        }
        return [.. merged];
    }

    /// <summary>The run with its last attempt changed.</summary>
    public static RunEntry WithLastAttempt(RunEntry run, Func<AttemptInfo, AttemptInfo> change) =>
        run with { Attempts = run.Attempts.SetItem(run.Attempts.Length - 1, change(run.Attempts[^1])) };

    /// <summary>A job as it was written, and of its open run's last attempt the path and gaps that were reported after that.</summary>
    public static JobInfo WithReported(JobInfo written, RunInfo? reported)
    {
        if (reported is null || written.Runs[0] is not { Ended: null } run || run.Run != reported.Run
            || run.Attempts[^1] is not { Ended: null } attempt || attempt.Attempt != reported.Attempts[^1].Attempt)
        {
            return written;
        }
        var newer = attempt with { Path = reported.Attempts[^1].Path, Gaps = reported.Attempts[^1].Gaps };
        return written with { Runs = written.Runs.SetItem(0, run with { Attempts = run.Attempts.SetItem(run.Attempts.Length - 1, newer) }) };
    }

    /// <summary>Why no run can start on a repository that was silent for so long, or null.</summary>
    public static string? WhyAway(RepositoryInfo repository, TimeSpan silence) => repository switch
    {
        { Revoked: true } => "its certificate was revoked",
        { Enrolled: false } => "it has not enrolled",
        { LastHeard: { } heard } when silence > s_repositorySilence => $"it was last heard at {heard:yyyy-MM-dd HH:mm:ss} UTC",
        _ => null,
    };

    /// <summary>A reason as it is kept.</summary>
    public static string? Cut(string? reason) => reason is { Length: > MaxReasonLength } ? reason[..MaxReasonLength] : reason;

    /// <summary>Refusals that waiting cannot cure: they end a run at once.</summary>
    public static bool IsFinal(RefusalReason reason) => reason is RefusalReason.TenantDisabled or RefusalReason.LeaseEnded
        or RefusalReason.NoQuota or RefusalReason.Revoked or RefusalReason.NotFound or RefusalReason.QuotaExceeded;
}
