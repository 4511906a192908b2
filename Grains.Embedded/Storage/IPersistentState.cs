using Orleans.Core;

namespace Orleans.Runtime;

/// <summary>State of a grain that is read before <c>OnActivateAsync</c>; injected through a parameter with <see cref="PersistentStateAttribute"/>.</summary>
/// <typeparam name="TState">The state class; it has a constructor without parameters.</typeparam>
public interface IPersistentState<TState> : IStorage<TState>;
