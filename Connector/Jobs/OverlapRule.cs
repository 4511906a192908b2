namespace Headgate.Connector.Jobs;

/// <summary>What becomes of a due time at which the job is still running.</summary>
internal enum OverlapRule
{
    /// <summary>It is left out.</summary>
    Skip,

    /// <summary>One run begins as soon as that one ends, however many were due meanwhile.</summary>
    Queue,
}
