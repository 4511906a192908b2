using System.Globalization;

namespace Headgate.Repository.Blobs;

/// <summary>
/// One restic repository's folders on disk. Knows which of them are durable: a folder made by another request, or by a process that was
/// killed, may exist without its name having been flushed, and an object in it would vanish with it in a power cut.
/// </summary>
internal sealed class RepositoryFolder(string root, string tenantRoot)
{
    private const int Shards = 256;
    private static readonly string[] s_shards = [.. Enumerable.Range(0, Shards).Select(shard => shard.ToString("x2", CultureInfo.InvariantCulture))];
    private static readonly string[] s_one = [""];
    private readonly Lock _gate = new();
    private readonly bool[] _durableShards = new bool[Shards];
    private bool _durable;

    /// <summary>The folder.</summary>
    public string Root => root;

    /// <summary>Whether a restic repository was created here.</summary>
    public bool Exists => Directory.Exists(FolderOf(BlobType.Locks)) && Directory.Exists(FolderOf(BlobType.Data));

    /// <summary>The folder of a type.</summary>
    public string FolderOf(BlobType type) => type == BlobType.Config ? root : Path.Combine(root, BlobTypes.NameOf(type));

    /// <summary>The folder that holds the object.</summary>
    public string FolderOf(BlobType type, string name) => type == BlobType.Data
        ? Path.Combine(FolderOf(type), name[..2])
        : FolderOf(type);

    /// <summary>The file that holds the object.</summary>
    public string FileOf(BlobType type, string name) =>
        Path.Combine(FolderOf(type, name), type == BlobType.Config ? BlobTypes.ConfigName : name);

    /// <summary>Makes the folders of a restic repository, from the tenant's own down, and flushes each one's parent.</summary>
    public void Create()
    {
        lock (_gate)
        {
            var levels = new Stack<string>();
            for (var level = root; level.Length >= tenantRoot.Length; level = Path.GetDirectoryName(level)!)
            {
                levels.Push(level);
            }

            foreach (var level in levels)
            {
                DurableDirectory.Ensure(level);
            }

            foreach (var type in BlobTypes.Folders)
            {
                Directory.CreateDirectory(FolderOf(type));
            }

            DurableDirectory.Flush(root);
            _durable = true;
        }
    }

    /// <summary>Makes sure that the folder that will hold the object is there and durable.</summary>
    public void Prepare(BlobType type, string name)
    {
        if (!Volatile.Read(ref _durable))
        {
            Create();
        }

        if (type != BlobType.Data)
        {
            return;
        }

        var shard = Convert.ToByte(name[..2], 16);
        if (Volatile.Read(ref _durableShards[shard]))
        {
            return;
        }

        lock (_gate)
        {
            DurableDirectory.Ensure(FolderOf(type, name));
            Volatile.Write(ref _durableShards[shard], true);
        }
    }

    /// <summary>The parts that <see cref="ListShard"/> knows a type in: 256 for data, one (called nothing) for the others.</summary>
    public static IReadOnlyList<string> ShardsOf(BlobType type) => type == BlobType.Data ? s_shards : s_one;

    /// <summary>The objects in one part of a type, in no order; none when it was not made yet. Other files are skipped.</summary>
    public IEnumerable<BlobEntry> ListShard(BlobType type, string shard)
    {
        if (type == BlobType.Config)
        {
            var config = new FileInfo(FileOf(type, ""));
            return config.Exists ? [new BlobEntry("", config.Length)] : [];
        }

        var folder = Path.Combine(FolderOf(type), shard);
        return Directory.Exists(folder) ? List(folder, recurse: false) : [];
    }

    /// <summary>The objects of a type, in no order. Other files are skipped.</summary>
    public IEnumerable<BlobEntry> List(BlobType type) => List(FolderOf(type), recurse: type == BlobType.Data);

    private static System.IO.Enumeration.FileSystemEnumerable<BlobEntry> List(string folder, bool recurse)
    {
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = recurse,
            MaxRecursionDepth = 1,
            AttributesToSkip = FileAttributes.ReparsePoint,
            IgnoreInaccessible = false,
        };
        return new System.IO.Enumeration.FileSystemEnumerable<BlobEntry>(
            folder,
            (ref entry) => new BlobEntry(entry.FileName.ToString(), entry.Length),
            options)
        {
            ShouldIncludePredicate = (ref entry) => !entry.IsDirectory && BlobTypes.IsObjectName(entry.FileName),
            ShouldRecursePredicate = (ref entry) => entry.FileName.Length == 2,
        };
    }
}
