using Headgate.Repository.Quota;
using Microsoft.Win32.SafeHandles;

namespace Headgate.Repository.Blobs;

/// <summary>Objects on disk: opened, made room for, deleted. <see cref="BlobWriter"/> stores them. Safe for concurrent use.</summary>
internal sealed class BlobStore(BlobLayout layout, DiskLane lane, RecentCommits commits)
{
    /// <summary>Opens the object for reading, or null when it is not there.</summary>
    public SafeFileHandle? Open(in BlobKey key)
    {
        try
        {
            return File.OpenHandle(layout.FileOf(key), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Makes a restic repository.</summary>
    public Task CreateAsync(string tenant, string path, CancellationToken token)
    {
        var folder = layout.FolderOf(tenant, path);
        return lane.RunAsync(
            () =>
            {
                folder.Create();
                return true;
            },
            token);
    }

    /// <summary>
    /// Deletes, unless another connection committed the object after this one was accepted. Locks are exempt: their names are never used twice.
    /// </summary>
    /// <param name="key">What.</param>
    /// <param name="accepted">When this connection was accepted, in the order of <see cref="RecentCommits"/>.</param>
    /// <param name="connection">This connection.</param>
    /// <param name="ledger">The account that the object's cost goes back to.</param>
    /// <param name="token">Gives up before it has begun.</param>
    public Task<DeleteStatus> DeleteAsync(BlobKey key, long accepted, string connection, TenantLedger ledger, CancellationToken token) =>
        lane.RunAsync(() => Delete(key, accepted, connection, ledger), token);

    private DeleteStatus Delete(BlobKey key, long accepted, string connection, TenantLedger ledger)
    {
        using (ledger.Moving())
        lock (layout.StripeOf(key))
        {
            if (key.Type != BlobType.Locks && commits.IsNewerThan(key, accepted, connection))
            {
                return DeleteStatus.Newer;
            }

            var file = new FileInfo(layout.FileOf(key));
            if (!file.Exists)
            {
                return DeleteStatus.Absent;
            }

            var size = file.Length;
            file.Delete();
            commits.Deleted(key);
            ledger.Deleted(key, size);
        }

        // forget deletes snapshots, then the index, then the packs they need: a power cut must not bring the first back without the last.
        // Packs themselves may come back; the next prune finds them.
        if (key.Type != BlobType.Data)
        {
            DurableDirectory.Flush(Path.GetDirectoryName(layout.FileOf(key))!);
        }

        return DeleteStatus.Deleted;
    }
}
