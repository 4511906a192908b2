using System.Globalization;

namespace Headgate.Portal.Provider.Drills;

/// <summary>What screens say about drills.</summary>
internal static class DrillText
{
    /// <summary>Such as <c>Passed</c>.</summary>
    public static string Of(DrillState state) => state switch
    {
        DrillState.Waiting => "Waiting",
        DrillState.Running => "Running",
        DrillState.Passed => "Passed",
        DrillState.Failed => "Failed",
        DrillState.NotPossible => "Not possible",
        _ => "Interrupted",
    };

    /// <summary>What a state means at a glance.</summary>
    public static Tone ToneOf(DrillState state) => state switch
    {
        DrillState.Waiting or DrillState.Running => Tone.Active,
        DrillState.Passed => Tone.Good,
        DrillState.Failed => Tone.Bad,
        _ => Tone.Warning,
    };

    /// <summary>Such as <c>0.41 s</c>.</summary>
    public static string Seconds(long milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000.0:0.00} s");

    /// <summary>The drill to warn of on the dashboard: the last one, when it did not pass; null otherwise.</summary>
    public static DrillInfo? ToSee(DrillBook book) =>
        book.Drills.FirstOrDefault(drill => drill.Ended is not null) is { State: DrillState.Failed or DrillState.NotPossible or DrillState.Interrupted } last ? last : null;
}
