namespace Headgate.Repository.Blobs;

/// <summary>One object.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Path">The restic repository: <c>/</c>, <c>/a/</c> or <c>/a/b/</c>.</param>
/// <param name="Type">The type.</param>
/// <param name="Name">64 hex digits; empty for <see cref="BlobType.Config"/>.</param>
internal readonly record struct BlobKey(string Tenant, string Path, BlobType Type, string Name)
{
    public override string ToString() => Type == BlobType.Config
        ? $"{Tenant}{Path}config"
        : $"{Tenant}{Path}{BlobTypes.NameOf(Type)}/{Name}";
}
