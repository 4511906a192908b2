namespace Headgate.Repository.Restic;

/// <summary>Why a request was refused.</summary>
internal enum RefusalReason
{
    /// <summary>The path cannot be: encoded, too deep, odd segments.</summary>
    BadPath,

    /// <summary>The object's name cannot be.</summary>
    BadName,

    /// <summary>Nothing of the protocol lies there.</summary>
    UnknownPath,

    /// <summary>The method does not go with the path.</summary>
    BadMethod,

    /// <summary>POST on a folder without <c>create=true</c>.</summary>
    BadCreate,

    /// <summary>The object is not there.</summary>
    NotFound,

    /// <summary>No restic repository was created there.</summary>
    NoRepository,

    /// <summary>The range lies outside the object.</summary>
    BadRange,

    /// <summary>Host is not the server name.</summary>
    WrongHost,

    /// <summary>No access key, a wrong one, or an access that does not exist.</summary>
    WrongKey,

    /// <summary>The certificate is of another connector or tenant than the route.</summary>
    WrongConnector,

    /// <summary>The route was closed.</summary>
    GrantClosed,

    /// <summary>The grant's own end has come.</summary>
    GrantExpired,

    /// <summary>The silo was not heard for too long.</summary>
    SiloUnheard,

    /// <summary>The right is to read only.</summary>
    ReadOnly,

    /// <summary>The right is to add only.</summary>
    AppendOnly,

    /// <summary>Other bytes are stored under this name.</summary>
    Different,

    /// <summary>The body does not hash to the name.</summary>
    WrongHash,

    /// <summary>The body did not arrive whole, or broke HTTP's rules.</summary>
    BrokenBody,

    /// <summary>A lock larger than locks may be.</summary>
    LockTooLarge,

    /// <summary>As many locks as there may be.</summary>
    TooManyLocks,

    /// <summary>As many restic repositories as there may be.</summary>
    TooManyRepositories,

    /// <summary>The tenant has no quota here.</summary>
    NoQuota,

    /// <summary>The quota is used up.</summary>
    QuotaExceeded,

    /// <summary>Room that only the silo can grant, and the silo did not answer.</summary>
    SiloAway,

    /// <summary>This process was told to write no more.</summary>
    Superseded,

    /// <summary>A deletion that was overtaken by a new upload.</summary>
    DelayedDelete,

    /// <summary>The stored object was damaged and put aside.</summary>
    Damaged,

    /// <summary>The disk is full.</summary>
    DiskFull,

    /// <summary>The disk failed.</summary>
    DiskFailed,

    /// <summary>A fault of ours.</summary>
    Internal,
}
