namespace Orleans.Core;

/// <summary>A stored record with its state in memory.</summary>
/// <typeparam name="TState">The state class.</typeparam>
public interface IStorage<TState> : IStorage
{
    /// <summary>The state in memory; a new object when there is no record.</summary>
    TState State { get; set; }
}
