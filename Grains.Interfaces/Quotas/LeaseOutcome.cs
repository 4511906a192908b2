namespace Headgate.Grains;

/// <summary>What became of a host's wish for a lease of bytes.</summary>
[GenerateSerializer]
public enum LeaseOutcome
{
    /// <summary>Granted, as far as the limit reaches.</summary>
    Granted = 0,

    /// <summary>A later process of the same host has spoken, or the host is fenced: this one must stop writing.</summary>
    Superseded = 1,

    /// <summary>
    /// Less was granted than wished, and not because of the limit: the silo's database was restored from a backup, and another host that had a lease in it has
    /// not spoken since. It clears when that host speaks or is fenced.
    /// </summary>
    Waiting = 2,
}
