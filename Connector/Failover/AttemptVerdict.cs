namespace Headgate.Connector.Failover;

/// <summary>What an attempt's end means for the run.</summary>
internal enum AttemptVerdict
{
    /// <summary>The tool did its work, perhaps with warnings.</summary>
    Finished,

    /// <summary>The tool failed, and the network may be why.</summary>
    Retry,

    /// <summary>The tool failed for a reason that another attempt would meet again.</summary>
    Failed,

    /// <summary>Somebody interrupted it.</summary>
    Cancelled,
}
