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

    /// <summary>
    /// Less was granted than wanted, and not because of the limit: the silo's database was restored from a backup and another host of the repository that has a lease in
    /// it has not spoken since. What is held may be used; ask again, as if the silo were away.
    /// </summary>
    Waiting,
}
