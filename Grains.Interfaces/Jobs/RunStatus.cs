namespace Headgate.Grains;

/// <summary>How a run stands. Stored and carried by number: values never change.</summary>
[GenerateSerializer]
public enum RunStatus
{
    /// <summary>An attempt is under way.</summary>
    Running = 0,

    /// <summary>The last attempt failed; the next has not begun.</summary>
    Retrying = 1,

    /// <summary>The tool succeeded and a snapshot was written.</summary>
    Succeeded = 2,

    /// <summary>A snapshot was written, and the tool warned.</summary>
    Warning = 3,

    /// <summary>The tool succeeded and wrote no snapshot.</summary>
    NoSnapshot = 4,

    /// <summary>It failed.</summary>
    Failed = 5,

    /// <summary>Somebody cancelled it.</summary>
    Cancelled = 6,

    /// <summary>The connector went silent.</summary>
    Lost = 7,

    /// <summary>An attempt is under way, and streams of it have gone on over another connection.</summary>
    Resumed = 8,
}
