namespace Headgate.Protocol.Edge;

/// <summary>How the use of an access key stands. Carried by name.</summary>
public enum AccessPhase
{
    /// <summary>The client holds a lock.</summary>
    Active,

    /// <summary>Its last lock is gone; or it wrote a snapshot and never held one.</summary>
    Ended,

    /// <summary>Its locks are older than restic lets them become: it was killed, or lost its way.</summary>
    Abandoned,
}
