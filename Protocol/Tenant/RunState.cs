namespace Headgate.Protocol.Tenant;

/// <summary>How a run stands. Carried by name.</summary>
public enum RunState
{
    /// <summary>An attempt is under way.</summary>
    Running,

    /// <summary>The last attempt failed; the next has not begun.</summary>
    Retrying,

    /// <summary>The tool succeeded and a snapshot was written.</summary>
    Succeeded,

    /// <summary>A snapshot was written, and the tool warned (restic's exit code 3).</summary>
    Warning,

    /// <summary>The tool succeeded and wrote no snapshot: whatever it did, it was not a backup.</summary>
    NoSnapshot,

    /// <summary>Every attempt failed, or waiting could not cure the refusal.</summary>
    Failed,

    /// <summary>Somebody cancelled it.</summary>
    Cancelled,

    /// <summary>The connector went silent.</summary>
    Lost,
}
