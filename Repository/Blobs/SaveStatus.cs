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

    /// <summary>The body is longer than a lock may be.</summary>
    TooLong,

    /// <summary>What was stored under the name no longer hashes to it. It was put aside; the same upload again will be stored.</summary>
    Damaged,

    /// <summary>The disk is full.</summary>
    DiskFull,

    /// <summary>The disk failed.</summary>
    DiskFailed,
}
