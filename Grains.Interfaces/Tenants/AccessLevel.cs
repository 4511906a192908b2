namespace Headgate.Grains;

/// <summary>What a connector or access key may do in a repository. Stored and carried by number: values never change.</summary>
[GenerateSerializer]
public enum AccessLevel
{
    /// <summary>Read; write and delete in locks only.</summary>
    ReadOnly = 0,

    /// <summary>Read and add; delete in locks only.</summary>
    AppendOnly = 1,

    /// <summary>All of it.</summary>
    Full = 2,
}
