namespace Orleans;

/// <summary>What passes between a grain's state and its storage.</summary>
/// <typeparam name="T">The state class.</typeparam>
public interface IGrainState<T>
{
    /// <summary>The state. Storage sets a new object when it reads.</summary>
    T State { get; set; }

    /// <summary>The version of the record, in storage's own form; null when there is none. Storage sets it on every success.</summary>
    string? ETag { get; set; }

    /// <summary>Whether there is a record. Storage sets it on every success.</summary>
    bool RecordExists { get; set; }
}
