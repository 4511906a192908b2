using System.Collections.Concurrent;

namespace Headgate.Repository.Blobs;

/// <summary>
/// Where the objects lie.
/// <code>
/// &lt;storage&gt;/owner                              held open by the one process that uses the storage
/// &lt;storage&gt;/tmp/                               uploads under way; emptied at start
/// &lt;storage&gt;/reports/                           committed snapshots that the silo was not told of yet
/// &lt;storage&gt;/damaged/                           objects whose bytes no longer hash to their name, put aside for the operator
/// &lt;storage&gt;/tenants/&lt;tenant&gt;/&lt;path&gt;/config
/// &lt;storage&gt;/tenants/&lt;tenant&gt;/&lt;path&gt;/{keys,locks,snapshots,index}/&lt;name&gt;
/// &lt;storage&gt;/tenants/&lt;tenant&gt;/&lt;path&gt;/data/&lt;first two digits&gt;/&lt;name&gt;
/// </code>
/// Safe for concurrent use.
/// </summary>
internal sealed class BlobLayout : IDisposable
{
    private const int Stripes = 256;

    private readonly ConcurrentDictionary<(string Tenant, string Path), RepositoryFolder> _folders = new();
    private readonly Lock[] _stripes = [.. Enumerable.Range(0, Stripes).Select(_ => new Lock())];
    private readonly string _tenants;
    private readonly FileStream _owner;

    /// <summary>Opens the storage for this process alone, and empties <c>tmp</c>.</summary>
    /// <exception cref="IOException">Another process has it open, or it cannot be written.</exception>
    public BlobLayout(RepositoryOptions options)
    {
        Root = Path.GetFullPath(options.StorageDirectory);
        _tenants = Path.Combine(Root, "tenants");
        Temporary = Path.Combine(Root, "tmp");
        Damaged = Path.Combine(Root, "damaged");
        Directory.CreateDirectory(Root);
        try
        {
            _owner = new FileStream(Path.Combine(Root, "owner"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException fault)
        {
            throw new IOException($"The storage {Root} cannot be opened for this process alone; does another headgate-repository use it? {fault.Message}", fault);
        }

        foreach (var folder in (string[])[_tenants, Temporary, Damaged])
        {
            DurableDirectory.Ensure(folder);
        }

        foreach (var left in Directory.EnumerateFiles(Temporary))
        {
            File.Delete(left);
        }
    }

    /// <summary>The storage folder.</summary>
    public string Root { get; }

    /// <summary>Uploads under way.</summary>
    public string Temporary { get; }

    /// <summary>What was put aside.</summary>
    public string Damaged { get; }

    /// <summary>The folders of a restic repository, there or not. Only one that is there is remembered: clients ask for whatever path they like.</summary>
    public RepositoryFolder FolderOf(string tenant, string path)
    {
        if (_folders.TryGetValue((tenant, path), out var known))
        {
            return known;
        }

        var tenantRoot = Path.Combine(_tenants, tenant);
        var folder = new RepositoryFolder(Path.Combine([tenantRoot, .. path.Split('/', StringSplitOptions.RemoveEmptyEntries)]), tenantRoot);
        return folder.Exists ? _folders.GetOrAdd((tenant, path), folder) : folder;
    }

    /// <summary>The object's size in bytes, or null when it is not there.</summary>
    public long? SizeOf(in BlobKey key)
    {
        var file = new FileInfo(FileOf(key));
        return file.Exists ? file.Length : null;
    }

    /// <summary>The file that holds the object.</summary>
    public string FileOf(in BlobKey key) => FolderOf(key.Tenant, key.Path).FileOf(key.Type, key.Name);

    /// <summary>The lock under which an object's file is given its name, looked at, or deleted.</summary>
    public Lock StripeOf(in BlobKey key) => _stripes[(uint)key.GetHashCode() % Stripes];

    /// <summary>The tenants that have a folder.</summary>
    public IEnumerable<string> Tenants() => Directory.EnumerateDirectories(_tenants).Select(folder => Path.GetFileName(folder)!);

    /// <summary>A tenant's restic repositories on disk, by path.</summary>
    public IEnumerable<string> RepositoriesOf(string tenant)
    {
        var folder = Path.Combine(_tenants, tenant);
        return Directory.Exists(folder) ? PathsBelow(folder, "/", depth: 0).Order(StringComparer.Ordinal) : [];
    }

    /// <inheritdoc/>
    public void Dispose() => _owner.Dispose();

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
}
