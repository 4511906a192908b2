namespace Headgate.Grains;

/// <summary>How a failover drill stands. Persisted: numbers never change their meaning.</summary>
[GenerateSerializer]
public enum DrillState
{
    /// <summary>Asked for; no server has begun it.</summary>
    Waiting = 0,

    /// <summary>Under way.</summary>
    Running = 1,

    /// <summary>The run went on over another gateway, unnoticed by the tool, and every byte was right.</summary>
    Passed = 2,

    /// <summary>It was carried out, and something did not happen that should have.</summary>
    Failed = 3,

    /// <summary>It could not be carried out: nothing is known about failover.</summary>
    NotPossible = 4,

    /// <summary>The server that carried it out stopped in its midst.</summary>
    Interrupted = 5,
}
