namespace Headgate.Repository.Quota;

/// <summary>What became of a wish to store something.</summary>
internal enum ReserveStatus
{
    /// <summary>The bytes are set aside.</summary>
    Reserved,

    /// <summary>The tenant has no quota on this repository (or it was not heard of yet).</summary>
    NoQuota,

    /// <summary>It would go over the limit: the silo said that there is no more.</summary>
    OverLimit,

    /// <summary>The tenant has as many locks as there may be.</summary>
    TooManyLocks,

    /// <summary>Only the silo can grant the room, and it has not answered for as long as an upload waits.</summary>
    SiloAway,

    /// <summary>Another process has taken this one's place, or an administrator has fenced this host: nothing is written any more.</summary>
    Superseded,
}
