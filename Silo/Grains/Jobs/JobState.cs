using Headgate.Grains;
using Headgate.Silo.Storage;

namespace Headgate.Silo.Grains.Jobs;

/// <summary>What a job grain remembers: the last runs (older ones stay in their tables) and the route of the open one.</summary>
[GenerateSerializer]
internal sealed class JobState : StoredState
{
    public const int MaxRuns = 20;

    [Id(0)]
    public JobMode Mode { get; set; }

    [Id(1)]
    public string Repository { get; set; } = "";

    /// <summary>End of the last run that wrote a snapshot.</summary>
    [Id(2)]
    public DateTimeOffset? LastGood { get; set; }

    [Id(3)]
    public long NextRun { get; set; } = 1;

    /// <summary>Oldest first.</summary>
    [Id(4)]
    public List<RunEntry> Runs { get; set; } = [];

    /// <summary>Of the open run; null when none is open. Gateways and the repository hear of its changes in the transaction that writes them.</summary>
    [Id(5)]
    public RouteEntry? Route { get; set; }

    public RunEntry? Open => Runs.Count > 0 && Runs[^1].Ended is null ? Runs[^1] : null;

    public RunEntry? Find(long run) => Runs.Find(entry => entry.Run == run);

    /// <summary>Puts a changed run in its old place.</summary>
    public RunEntry Replace(RunEntry changed)
    {
        Runs[Runs.FindIndex(entry => entry.Run == changed.Run)] = changed;
        return changed;
    }

    internal override void Written()
    {
        base.Written();
        Route = Route is null ? null : Route with { IsNew = false };
    }
}
