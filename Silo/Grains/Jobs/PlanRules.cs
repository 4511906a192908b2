using Headgate.Grains;

namespace Headgate.Silo.Grains.Jobs;

/// <summary>What a machine's word about its plan changes. Pure.</summary>
internal static class PlanRules
{
    private const string NoRun = "Its machine was off, its service did not run, or what it started never became a run.";
    private const int MaxSchedule = 200;
    private const int MaxWhy = 500;

    // A machine whose clock is ahead begins before the silo thinks that it is time.
    private static readonly TimeSpan s_clocksDiffer = TimeSpan.FromMinutes(1);

    /// <summary>Whether <paramref name="plan"/> says something new; the state has it then.</summary>
    /// <exception cref="RefusedException">Another connector plans the job, or it is that of an access key, or a field cannot be.</exception>
    public static bool Apply(JobState state, PlanJob plan, bool exists, string noun, DateTimeOffset now)
    {
        Require.Identifier("repository", plan.Repository);
        Require.Text("schedule", plan.Schedule, MaxSchedule);
        Require.Defined("mode", plan.Mode);
        if (exists && state.Mode == JobMode.Agentless)
        {
            throw new RefusedException(RefusalReason.RunClosed, $"The {noun} is that of an access key: give the connector's job another name.");
        }
        if (state.Plan is { } other && other.Connector != plan.Connector && other.Next >= now)
        {
            throw new RefusedException(
                RefusalReason.RunClosed,
                $"The {noun} is planned by connector '{other.Connector}', next at {other.Next:yyyy-MM-dd HH:mm:ss} UTC. Give this machine's job a name of its own.");
        }
        var known = state.Plan?.Connector == plan.Connector ? state.Plan : null;
        var (missed, why) = Missed(state, known, plan, now);
        var next = new JobPlan(plan.Connector, plan.Schedule, Milliseconds(plan.Next), missed, why);
        if (exists && state.Plan == next)
        {
            return false;
        }
        if (state.Runs.Count == 0)
        {
            (state.Mode, state.Repository) = (plan.Mode, plan.Repository);
        }
        state.Plan = next;
        return true;
    }

    private static (DateTimeOffset? Missed, string? Why) Missed(JobState state, JobPlan? known, PlanJob plan, DateTimeOffset now)
    {
        var last = state.Runs.Count > 0 ? state.Runs[^1].Started : (DateTimeOffset?)null;
        if (plan.Skipped is { } skipped && !(last >= skipped))
        {
            return (Milliseconds(skipped), plan.Why is { Length: > MaxWhy } longer ? longer[..MaxWhy] : plan.Why);
        }
        if (known is null || (known.Missed is { } before && last >= before))
        {
            return (null, null);
        }
        // Also when its time came just now: a service moves on whether a run begins or not. The run that begins takes this away.
        var passed = plan.Next > known.Next && known.Next - now < s_clocksDiffer && !(last >= known.Next - JobPlan.Patience);
        return passed ? (known.Next, NoRun) : (known.Missed, known.Why);
    }

    // As storage keeps it.
    private static DateTimeOffset Milliseconds(DateTimeOffset at) => DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds());
}
