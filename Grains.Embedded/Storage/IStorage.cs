namespace Orleans.Core;

/// <summary>The stored record behind a grain's state. For the grain's own turns only.</summary>
public interface IStorage
{
    /// <summary>The version that storage last told; null when there is no record.</summary>
    string? Etag { get; }

    /// <summary>Whether there is a record in storage.</summary>
    bool RecordExists { get; }

    /// <summary>Removes the record.</summary>
    /// <exception cref="Orleans.Runtime.OrleansException">Storage failed; its error is the inner one.</exception>
    /// <exception cref="Orleans.Storage.InconsistentStateException">Another writer was first.</exception>
    Task ClearStateAsync();

    /// <summary>Writes the state.</summary>
    /// <exception cref="Orleans.Runtime.OrleansException">Storage failed; its error is the inner one.</exception>
    /// <exception cref="Orleans.Storage.InconsistentStateException">Another writer was first.</exception>
    Task WriteStateAsync();

    /// <summary>Reads the state anew; what was in memory is lost.</summary>
    /// <exception cref="Orleans.Runtime.OrleansException">Storage failed; its error is the inner one.</exception>
    Task ReadStateAsync();
}
