namespace Headgate.Repository.Blobs;

/// <summary>An object in a list.</summary>
internal readonly record struct BlobEntry(string Name, long Size);
