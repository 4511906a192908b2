using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>The stored record is not the one that was read: another writer was first. An activation that lets this escape is ended.</summary>
[GenerateSerializer]
public class InconsistentStateException : OrleansException
{
    /// <summary>With both versions.</summary>
    /// <param name="errorMsg">A sentence.</param>
    /// <param name="storedEtag">The version in storage.</param>
    /// <param name="currentEtag">The version in memory.</param>
    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag)
        : this(errorMsg, storedEtag, currentEtag, null)
    {
    }

    /// <summary>With both versions and the storage's own error.</summary>
    /// <param name="errorMsg">A sentence.</param>
    /// <param name="storedEtag">The version in storage.</param>
    /// <param name="currentEtag">The version in memory.</param>
    /// <param name="storageException">The storage's error.</param>
    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag, Exception? storageException)
        : base(errorMsg, storageException!) => (StoredEtag, CurrentEtag) = (storedEtag, currentEtag);

    // Ends the activation that it happened in, and no other that it passes on its way to the caller.
    [Id(0)]
    internal bool IsSourceActivation { get; set; } = true;

    /// <summary>The version in storage, as far as storage knows.</summary>
    [Id(1)]
    public string? StoredEtag { get; private set; }

    /// <summary>The version in memory.</summary>
    [Id(2)]
    public string? CurrentEtag { get; private set; }
}
