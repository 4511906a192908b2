namespace Headgate.Repository.Blobs;

/// <summary>How an upload ended, once its body had arrived whole.</summary>
internal enum SaveStatus
{
    /// <summary>Committed: hashed, flushed, renamed, directory flushed.</summary>
    Committed,

    /// <summary>The same bytes were there already; their commit time is renewed, and they are as durable as a new commit.</summary>
    Same,

    /// <summary>Other bytes are there under this name, and stay.</summary>
    Different,

    /// <summary>The bytes do not hash to the name.</summary>
    WrongHash,

    /// <summary>The body grew past what quota allows.</summary>
    OverQuota,

    /// <summary>There was no room under the ceiling, and the silo that could grant more did not answer for as long as an upload waits.</summary>
    SiloAway,

    /// <summary>This process was told to write no more.</summary>
    Superseded,

    /// <summary>The tenant's quota was taken away while the body came.</summary>
    NoQuota,

    /// <summary>The body is longer than a lock may be.</summary>
    TooLong,

    /// <summary>What was stored under the name no longer hashes to it. It was put aside; the same upload again will be stored.</summary>
    Damaged,

    /// <summary>The disk is full.</summary>
    DiskFull,

    /// <summary>The disk failed.</summary>
    DiskFailed,
}
