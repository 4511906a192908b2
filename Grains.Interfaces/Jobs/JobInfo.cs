namespace Headgate.Grains;

/// <summary>A job.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Job">Its id within the tenant.</param>
/// <param name="Mode">How network faults are met.</param>
/// <param name="Repository">Its repository.</param>
/// <param name="LastGood">End of the last run that wrote a snapshot.</param>
/// <param name="Runs">The last runs, newest first, at most 20.</param>
/// <param name="Version">Rises with every change.</param>
/// <param name="Plan">When its machine means to run it next; null where nothing runs it by a schedule.</param>
[GenerateSerializer, Immutable, Alias("headgate.job-info")]
public sealed record JobInfo(
    string Tenant,
    string Job,
    JobMode Mode,
    string Repository,
    DateTimeOffset? LastGood,
    ImmutableArray<RunInfo> Runs,
    long Version,
    JobPlan? Plan = null)
{
    /// <summary>The due time that is missed as of <paramref name="now"/>: one that passed without a run, or that its machine left out. Null for none, and while a run is open.</summary>
    public DateTimeOffset? MissedAt(DateTimeOffset now)
    {
        var last = Runs.IsDefaultOrEmpty ? null : Runs[0];
        if (Plan is not { } plan || last is { Ended: null })
        {
            return null;
        }
        var isOver = now - plan.Next > JobPlan.Patience && !(last?.Started >= plan.Next);
        return isOver ? plan.Next : now - plan.Missed >= JobPlan.Patience ? plan.Missed : null;
    }

    /// <summary>Why <see cref="MissedAt"/> was missed; null where that is not known.</summary>
    public string? MissedWhy(DateTimeOffset now) => MissedAt(now) is { } missed && missed == Plan?.Missed ? Plan.Why : null;
}
