using System.Collections.Concurrent;
using Headgate.Repository.Quota;
using Microsoft.Win32.SafeHandles;

namespace Headgate.Repository.Blobs;

/// <summary>
/// The objects on disk.
/// <code>
/// &lt;storage&gt;/tmp/                                uploads under way; emptied at start
/// &lt;storage&gt;/damaged/                            objects whose bytes no longer hash to their name, put aside for the operator
/// &lt;storage&gt;/tenants/&lt;tenant&gt;/&lt;path&gt;/config
/// &lt;storage&gt;/tenants/&lt;tenant&gt;/&lt;path&gt;/{keys,locks,snapshots,index}/&lt;name&gt;
/// &lt;storage&gt;/tenants/&lt;tenant&gt;/&lt;path&gt;/data/&lt;first two digits&gt;/&lt;name&gt;
/// </code>
/// An upload is written to <c>tmp</c> while it is hashed, then: fsync of the file, rename, fsync of the directory, answer. A reader never sees
/// part of an object, and what was answered with 200 survives a power cut. Safe for concurrent use.
/// </summary>
internal sealed partial class BlobStore : IDisposable
{
    /// <summary>The most a lock may hold, in bytes; restic's are a few hundred.</summary>
    public const int MaxLockBytes = 64 * 1024;

    private const int BufferBytes = 256 * 1024;
    private const int Stripes = 256;

    private readonly ConcurrentDictionary<(string Tenant, string Path), RepositoryFolder> _folders = new();
    private readonly Lock[] _stripes = [.. Enumerable.Range(0, Stripes).Select(_ => new Lock())];
    private readonly DiskLane _lane = new();
    private readonly RecentCommits _commits;
    private readonly RepositoryMetrics _metrics;
    private readonly ILogger<BlobStore> _logger;
    private readonly string _tenants;
    private readonly string _temporary;
    private readonly string _damaged;
    private readonly FileStream _owner;

    /// <summary>Opens the storage for this process alone, and empties <c>tmp</c>.</summary>
    /// <exception cref="IOException">Another process has it open, or it cannot be written.</exception>
    public BlobStore(RepositoryOptions options, RecentCommits commits, RepositoryMetrics metrics, ILogger<BlobStore> logger)
    {
        _commits = commits;
        _metrics = metrics;
        _logger = logger;
        Root = Path.GetFullPath(options.StorageDirectory);
        _tenants = Path.Combine(Root, "tenants");
        _temporary = Path.Combine(Root, "tmp");
        _damaged = Path.Combine(Root, "damaged");
        Directory.CreateDirectory(Root);
        try
        {
            _owner = new FileStream(Path.Combine(Root, "owner"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException fault)
        {
            throw new IOException($"The storage {Root} cannot be opened for this process alone; does another headgate-repository use it? {fault.Message}", fault);
        }

        foreach (var folder in (string[])[_tenants, _temporary, _damaged])
        {
            DurableDirectory.Ensure(folder);
        }

        foreach (var left in Directory.EnumerateFiles(_temporary))
        {
            File.Delete(left);
        }
    }

    /// <summary>The storage folder.</summary>
    public string Root { get; }

    /// <summary>The folders of a restic repository, there or not.</summary>
    public RepositoryFolder FolderOf(string tenant, string path) =>
        _folders.GetOrAdd((tenant, path), key =>
        {
            var tenantRoot = Path.Combine(_tenants, key.Tenant);
            return new RepositoryFolder(Path.Combine([tenantRoot, .. key.Path.Split('/', StringSplitOptions.RemoveEmptyEntries)]), tenantRoot);
        });

    /// <summary>The object's size in bytes, or null when it is not there.</summary>
    public long? SizeOf(in BlobKey key)
    {
        var file = new FileInfo(FileOf(key));
        return file.Exists ? file.Length : null;
    }

    /// <summary>Opens the object for reading, or null when it is not there.</summary>
    public SafeFileHandle? Open(in BlobKey key)
    {
        try
        {
            return File.OpenHandle(FileOf(key), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Makes a restic repository.</summary>
    public Task CreateAsync(string tenant, string path, CancellationToken token)
    {
        var folder = FolderOf(tenant, path);
        return _lane.RunAsync(
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
        _lane.RunAsync(() => Delete(key, accepted, connection, ledger), token);

    /// <inheritdoc/>
    public void Dispose()
    {
        _owner.Dispose();
        _lane.Dispose();
    }

    /// <summary>All restic repositories on disk.</summary>
    public IEnumerable<(string Tenant, string Path)> Repositories()
    {
        foreach (var tenantFolder in Directory.EnumerateDirectories(_tenants))
        {
            var tenant = Path.GetFileName(tenantFolder);
            foreach (var path in PathsBelow(tenantFolder, "/", depth: 0))
            {
                yield return (tenant, path);
            }
        }
    }

    private static IEnumerable<string> PathsBelow(string folder, string path, int depth)
    {
        if (Directory.Exists(Path.Combine(folder, "locks")))
        {
            yield return path;
        }

        if (depth == 2)
        {
            yield break;
        }

        foreach (var child in Directory.EnumerateDirectories(folder))
        {
            var name = Path.GetFileName(child);
            if (BlobTypes.IsReserved(name))
            {
                continue;
            }

            foreach (var below in PathsBelow(child, path + name + "/", depth + 1))
            {
                yield return below;
            }
        }
    }

    private DeleteStatus Delete(BlobKey key, long accepted, string connection, TenantLedger ledger)
    {
        lock (StripeOf(key))
        {
            if (key.Type != BlobType.Locks && _commits.IsNewerThan(key, accepted, connection))
            {
                return DeleteStatus.Newer;
            }

            var file = new FileInfo(FileOf(key));
            if (!file.Exists)
            {
                return DeleteStatus.Absent;
            }

            var size = file.Length;
            file.Delete();
            _commits.Deleted(key);
            ledger.Deleted(key.Type, size);
        }

        // forget deletes snapshots, then the index, then the packs they need: a power cut must not bring the first back without the last.
        // Packs themselves may come back; the next prune finds them.
        if (key.Type != BlobType.Data)
        {
            DurableDirectory.Flush(Path.GetDirectoryName(FileOf(key))!);
        }

        return DeleteStatus.Deleted;
    }

    private string FileOf(in BlobKey key) => FolderOf(key.Tenant, key.Path).FileOf(key.Type, key.Name);

    private Lock StripeOf(in BlobKey key) => _stripes[(uint)key.GetHashCode() % Stripes];
}
