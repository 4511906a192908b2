namespace Headgate.Grains;

/// <summary>All that is known of failover drills.</summary>
/// <param name="Schedule">When they begin by themselves; null: they do not.</param>
/// <param name="Drills">The last 100, newest first.</param>
/// <param name="Version">Rises with every change; 0: there never was a drill or a schedule.</param>
[GenerateSerializer, Immutable, Alias("headgate.drill-book")]
public sealed record DrillBook(
    DrillSchedule? Schedule,
    ImmutableArray<DrillInfo> Drills,
    long Version)
{
    /// <summary>Before the first drill.</summary>
    public static DrillBook Empty { get; } = new(null, [], 0);

    /// <summary>The drill that waits or goes on, or null.</summary>
    public DrillInfo? Open() => Drills is [{ State: DrillState.Waiting or DrillState.Running } open, ..] ? open : null;

    /// <summary>The last drill that was carried out to its end, or null.</summary>
    public DrillInfo? LastDone() => Drills.FirstOrDefault(drill => drill.State is DrillState.Passed or DrillState.Failed);
}
