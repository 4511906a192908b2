namespace Headgate.Repository.Blobs;

/// <summary>How a deletion ended.</summary>
internal enum DeleteStatus
{
    /// <summary>It was there and is gone.</summary>
    Deleted,

    /// <summary>It was not there: the same to a client that repeats itself.</summary>
    Absent,

    /// <summary>Another connection committed it after this one was accepted: this deletion was meant for an earlier upload.</summary>
    Newer,
}
