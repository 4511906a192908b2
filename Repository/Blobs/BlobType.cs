namespace Headgate.Repository.Blobs;

/// <summary>restic's object types. All but <see cref="Config"/> are named by the SHA-256 of their content.</summary>
internal enum BlobType
{
    Config,
    Data,
    Keys,
    Locks,
    Snapshots,
    Index,
}
