namespace Headgate.Portal.Tenants;

/// <summary>The key of <see cref="IDirectory"/>.</summary>
internal static class DirectoryKey
{
    public const string Value = "directory";
}
