namespace Headgate.Repository.Blobs;

/// <summary>The names of the types in URLs and on disk.</summary>
internal static class BlobTypes
{
    public const string ConfigName = "config";

    /// <summary>All types.</summary>
    public static readonly BlobType[] All = Enum.GetValues<BlobType>();

    /// <summary>The types that are folders.</summary>
    public static readonly BlobType[] Folders = [BlobType.Data, BlobType.Keys, BlobType.Locks, BlobType.Snapshots, BlobType.Index];

    public static string NameOf(BlobType type) => type switch
    {
        BlobType.Config => ConfigName,
        BlobType.Data => "data",
        BlobType.Keys => "keys",
        BlobType.Locks => "locks",
        BlobType.Snapshots => "snapshots",
        BlobType.Index => "index",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type of object."),
    };

    /// <summary>The folder type called <paramref name="name"/>, or null.</summary>
    public static BlobType? FolderOf(ReadOnlySpan<char> name) => name switch
    {
        "data" => BlobType.Data,
        "keys" => BlobType.Keys,
        "locks" => BlobType.Locks,
        "snapshots" => BlobType.Snapshots,
        "index" => BlobType.Index,
        _ => null,
    };

    /// <summary>
    /// Whether a path segment would collide with a folder of restic's layout. Case does not count: some file systems do not tell
    /// <c>Data</c> from <c>data</c>.
    /// </summary>
    public static bool IsReserved(string segment) =>
        segment.Equals(ConfigName, StringComparison.OrdinalIgnoreCase)
        || Array.Exists(Folders, type => segment.Equals(NameOf(type), StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether <paramref name="name"/> can name an object: 64 lower-case hex digits.</summary>
    public static bool IsObjectName(ReadOnlySpan<char> name) =>
        name.Length == 64 && !name.ContainsAnyExcept("0123456789abcdef");
}
