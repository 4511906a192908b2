namespace Headgate.Repository.Quota;

/// <summary>What became of a wish to store something.</summary>
internal enum ReserveStatus
{
    /// <summary>The bytes are set aside.</summary>
    Reserved,

    /// <summary>The tenant has no quota on this repository (or it was not heard of yet).</summary>
    NoQuota,

    /// <summary>It would go over the limit.</summary>
    OverLimit,

    /// <summary>The tenant has as many locks as there may be.</summary>
    TooManyLocks,
}
