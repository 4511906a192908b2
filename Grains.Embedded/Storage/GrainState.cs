namespace Orleans;

/// <summary>The plain form of <see cref="IGrainState{T}"/>.</summary>
/// <typeparam name="T">The state class.</typeparam>
[GenerateSerializer]
public sealed class GrainState<T> : IGrainState<T>
{
    /// <summary>Without a state yet.</summary>
    public GrainState() => State = default!;

    /// <summary>With a state that is not stored yet.</summary>
    /// <param name="state">The state.</param>
    public GrainState(T state) => State = state;

    /// <inheritdoc />
    [Id(0)]
    public T State { get; set; }

    /// <inheritdoc />
    [Id(1)]
    public string? ETag { get; set; }

    /// <inheritdoc />
    [Id(2)]
    public bool RecordExists { get; set; }
}
