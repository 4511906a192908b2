namespace Headgate.Portal.Provider.Drills;

/// <summary>What a drill is about, as it is chosen, and for a schedule when it begins; faults are named like the grain's fields.</summary>
public sealed class DrillForm
{
    /// <summary>The repository that it writes to; null: the first that there is.</summary>
    public string? Repository { get; set; }

    /// <summary>The pool whose gateways it tries.</summary>
    public string Pool { get; set; } = "default";

    /// <summary>The schedule's cron expression.</summary>
    public string Cron { get; set; } = "";

    internal static DrillForm Of(DrillSchedule? schedule) => schedule is null
        ? new DrillForm { Cron = "0 4 * * 1" }
        : new DrillForm { Repository = schedule.Repository, Pool = schedule.Pool, Cron = schedule.Cron };

    internal static Faults Validate(string? repository)
    {
        var faults = new Faults();
        faults.Check("repository", repository is not null, "Choose the repository that it writes to.");
        return faults;
    }

    internal StartDrill ToStart(string repository) => new(repository, Pool);

    /// <summary>The schedule, or null with what is wrong in <paramref name="faults"/>.</summary>
    internal DrillSchedule? ToSchedule(string repository, ICronReader crons, DateTimeOffset now, Faults faults)
    {
        Cron = Cron.Trim();
        var next = crons.Next(Cron, now, out var refusal);
        faults.Check("cron", refusal is null, refusal ?? "");
        faults.Check("cron", refusal is not null || next is not null, "This names no time that is still to come.");
        return faults.IsEmpty ? new DrillSchedule(Cron, repository, Pool, next?.ToUniversalTime()) : null;
    }
}
