using Headgate.Repository.Blobs;

namespace Headgate.Repository.Quota;

/// <summary>
/// A count of one tenant's objects while they come and go. The disk is counted folder by folder; while one is counted nothing in the tenant's folders changes,
/// and what changes afterwards in a folder that was counted is added to the count, so that at its end it is what lies on the disk at that moment. Used under
/// the ledger's <see cref="TenantLedger.Moving"/>.
/// </summary>
/// <param name="paths">The restic repositories that were there when it began: those made since were empty then, and count as counted.</param>
internal sealed class OnlineCount(IEnumerable<string> paths)
{
    private readonly HashSet<string> _paths = new(paths, StringComparer.Ordinal);
    private readonly HashSet<(string Path, BlobType Type, string Shard)> _counted = [];

    /// <summary>What the objects cost.</summary>
    public long Bytes { get; private set; }

    /// <summary>Lock files.</summary>
    public int Locks { get; private set; }

    /// <summary>Objects, locks too.</summary>
    public long Objects { get; private set; }

    /// <summary>The restic repositories to count.</summary>
    public IReadOnlyCollection<string> Paths => _paths;

    /// <summary>A folder was counted.</summary>
    public void Add(string path, BlobType type, string shard, IEnumerable<BlobEntry> entries)
    {
        foreach (var entry in entries)
        {
            Add(type, entry.Size, 1);
        }

        _counted.Add((path, type, shard));
    }

    /// <summary>An object came (<paramref name="sign"/> 1) or went (-1).</summary>
    public void Changed(in BlobKey key, long size, int sign)
    {
        var shard = key.Type == BlobType.Data ? key.Name[..2] : "";
        if (!_paths.Contains(key.Path) || _counted.Contains((key.Path, key.Type, shard)))
        {
            Add(key.Type, size, sign);
        }
    }

    private void Add(BlobType type, long size, int sign)
    {
        Objects += sign;
        if (type == BlobType.Locks)
        {
            Locks += sign;
        }
        else
        {
            Bytes += sign * QuotaUse.CostOf(size);
        }
    }
}
