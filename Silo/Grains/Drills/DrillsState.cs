using Headgate.Grains;
using Headgate.Silo.Storage;

namespace Headgate.Silo.Grains.Drills;

/// <summary>What the drill grain remembers.</summary>
[GenerateSerializer]
internal sealed class DrillsState : StoredState
{
    public const int MaxDrills = 100;

    [Id(0)]
    public DrillSchedule? Schedule { get; set; }

    [Id(1)]
    public long NextNumber { get; set; } = 1;

    /// <summary>Oldest first.</summary>
    [Id(2)]
    public List<DrillEntry> Drills { get; set; } = [];

    public DrillEntry? Open => Drills is [.., { Drill.State: DrillState.Waiting or DrillState.Running } open] ? open : null;

    /// <summary>Asks for a drill; the oldest may leave for it.</summary>
    public DrillInfo Add(StartDrill request, string askedBy, DateTimeOffset now)
    {
        var drill = new DrillInfo(NextNumber++, DrillState.Waiting, request.Repository, request.Pool, askedBy, now, null, null, null, null);
        Drills.Add(new DrillEntry(drill, null));
        Drills.RemoveRange(0, Math.Max(0, Drills.Count - MaxDrills));
        return drill;
    }

    /// <summary>Puts the open drill in its place, changed.</summary>
    public DrillInfo ReplaceOpen(DrillInfo changed, string? runner)
    {
        Drills[^1] = new DrillEntry(changed, runner);
        return changed;
    }
}
