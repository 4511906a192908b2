using System.Security.Cryptography;
using System.Text;
using Headgate.Grains;
using Headgate.Protocol.Naming;

namespace Headgate.Silo.Grains.Jobs;

/// <summary>
/// Runs of a stock restic with an access key, told from its traffic; docs/jobs.md has the rule and its limits. A lock is a run. A run that wrote a snapshot and
/// deleted none was a backup: restic's backup never deletes a snapshot, and its tag, which writes snapshots anew, deletes each that it replaced. Pure.
/// </summary>
internal static class AgentlessRuns
{
    private const int MaxJobName = 24;
    private const int HashLength = 6;

    /// <summary>The id of the job that a key's use of a path is: what people call the key, the path, and a hash that tells it from all others.</summary>
    public static string JobOf(string repository, string key, string keyName, string path)
    {
        var hash = Base32.Encode(SHA256.HashData(Encoding.UTF8.GetBytes($"{repository}\n{key}\n{path}")))[..HashLength];
        var name = new StringBuilder();
        foreach (var c in (keyName + path).ToLowerInvariant())
        {
            if (c is (>= 'a' and <= 'z') or (>= '0' and <= '9'))
            {
                name.Append(c);
            }
            else if (name.Length > 0 && name[^1] != '-')
            {
                name.Append('-');
            }
            if (name.Length == MaxJobName - HashLength - 1)
            {
                break;
            }
        }
        var readable = name.ToString().TrimEnd('-');
        return readable.Length == 0 ? hash : $"{readable}-{hash}";
    }

    /// <summary>Takes a report over. False when it says nothing new.</summary>
    public static bool Apply(JobState state, AccessActivity activity, string key, DateTimeOffset now)
    {
        if (activity.Snapshot is { } snapshot && activity.Began is null && state.Runs.Exists(run => run.Snapshot == snapshot))
        {
            return false;
        }
        var name = $"{key}/{activity.Activity}";
        var run = state.Runs.Find(known => known.ServerName == name) ?? Begin(state, activity, name, now);
        if (run is null || run is { Ended: not null, Status: not RunStatus.Lost })
        {
            return false;
        }
        // A run that counted as lost goes on when it is heard of again, as long as no other began.
        var isOpen = activity.State == AccessState.Active && run.Run == state.Runs[^1].Run;
        run = RunRules.WithLastAttempt(
            run with
            {
                Heard = now,
                Status = RunStatus.Running,
                Ended = null,
                Reason = null,
                Snapshot = activity.Deleted == 0 ? activity.Snapshot ?? run.Snapshot : null,
                SnapshotCommitted = activity is { Deleted: 0, Snapshot: not null } ? activity.Seen : run.SnapshotCommitted,
            },
            attempt => attempt with { Ended = null, Reason = null, Path = activity.Gateways.IsDefaultOrEmpty ? attempt.Path : RunRules.Merge(activity.Gateways) });
        state.Replace(run);
        if (!isOpen)
        {
            var (status, reason) = Judge(run, activity);
            state.End(run, status, reason, activity.Seen < run.Started ? run.Started : activity.Seen);
        }
        return true;
    }

    /// <summary>How a run ends that the repository says nothing more of.</summary>
    public static (RunStatus Status, string Reason) Silent(RunEntry run, TimeSpan limit) => run.Snapshot is null
        ? (RunStatus.Lost, $"Nothing was heard of it for {limit.TotalMinutes:0} minutes; last at {run.Heard:yyyy-MM-dd HH:mm:ss} UTC. Its lock may have been left: 'restic unlock' removes it.")
        : (RunStatus.Succeeded, LockStayed);

    private const string LockStayed = "A snapshot was written; that its lock went was not seen. Where it was left, 'restic unlock' removes it.";

    private static (RunStatus Status, string? Reason) Judge(RunEntry run, AccessActivity activity) => activity switch
    {
        { Deleted: > 0, Written: > 0 } => (RunStatus.NoSnapshot,
            $"Snapshots were written ({activity.Written}) and others deleted ({activity.Deleted}) under one lock, as 'restic tag' does: no backup."),
        _ when run.Snapshot is null && activity.State == AccessState.Abandoned => (RunStatus.Lost,
            "Its lock was left and not renewed for 30 minutes: restic was killed or cut off. 'restic unlock' removes the lock."),
        _ when run.Snapshot is null => (RunStatus.NoSnapshot, activity.Deleted > 0
            ? $"Snapshots were deleted ({activity.Deleted}) and none was written: no backup."
            : "Its lock went without a new snapshot: no backup. It restored or looked after the repository, or the backup failed."),
        { State: AccessState.Abandoned } => (RunStatus.Succeeded, LockStayed),
        _ => (RunStatus.Succeeded, null),
    };

    private static RunEntry? Begin(JobState state, AccessActivity activity, string name, DateTimeOffset now)
    {
        if (state.Open is { } open)
        {
            if (activity.Began is null)
            {
                // The repository was restarted and knows its lock no longer: this snapshot is the last that it can tell.
                return open;
            }
            var (status, reason) = open.Snapshot is null
                ? (RunStatus.Lost, "The repository was restarted while it went on, and did not see its end. What it did afterwards is another run.")
                : (RunStatus.Succeeded, LockStayed);
            state.End(open, status, reason, now);
        }
        var began = activity.Began ?? activity.Seen;
        if (state.Runs is [.., var last] && began < last.Started)
        {
            return null;
        }
        var run = new RunEntry(
            state.NextRun++, RunStatus.Running, activity.AccessKey, activity.Repository, activity.Path, AgentlessTool.Of(activity.Path), false, 0,
            name, began, null, now, false, null, null, null, [new AttemptInfo(1, began, null, null, null, [])], null);
        (state.Mode, state.Repository) = (JobMode.Agentless, activity.Repository);
        state.Add(run);
        return run;
    }
}
