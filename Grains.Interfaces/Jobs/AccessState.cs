namespace Headgate.Grains;

/// <summary>How the use of an access key stands.</summary>
[GenerateSerializer]
public enum AccessState
{
    /// <summary>The client holds a lock.</summary>
    Active,

    /// <summary>Its last lock is gone; or it wrote a snapshot and never held one.</summary>
    Ended,

    /// <summary>Its locks are older than restic lets them become.</summary>
    Abandoned,
}
