namespace Headgate.Connector.Failover;

/// <summary>What Ctrl-C or a termination signal means for a run.</summary>
internal enum StopMeaning
{
    /// <summary>The user breaks it off: the run is cancelled.</summary>
    Cancels,

    /// <summary>It is how the run is meant to end.</summary>
    Ends,
}
