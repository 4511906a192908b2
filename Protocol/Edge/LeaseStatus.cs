namespace Headgate.Protocol.Edge;

/// <summary>What became of a wish for a lease.</summary>
public enum LeaseStatus
{
    /// <summary>Granted, as far as the limit reaches: the ceiling says how far.</summary>
    Granted,

    /// <summary>The tenant has no quota on this repository: nothing may be written.</summary>
    NoQuota,

    /// <summary>A later process of the same host has spoken, or an administrator has fenced the host: this process must stop writing for every tenant.</summary>
    Superseded,
}
