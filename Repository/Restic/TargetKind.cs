namespace Headgate.Repository.Restic;

/// <summary>What a URL names.</summary>
internal enum TargetKind
{
    /// <summary>A restic repository's folder.</summary>
    Folder,

    /// <summary>An object, <c>config</c> among them.</summary>
    Object,

    /// <summary>All objects of a type.</summary>
    List,
}
