namespace Headgate.Protocol.Edge;

/// <summary>What a grant allows in a repository. Carried by name.</summary>
public enum AccessRights
{
    /// <summary>Read and list; write and delete in <c>locks</c> only.</summary>
    ReadOnly,

    /// <summary>Read, list, add; delete in <c>locks</c> only; <c>config</c> cannot change.</summary>
    AppendOnly,

    /// <summary>Everything the REST backend protocol has.</summary>
    Full,
}
