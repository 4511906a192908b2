using Orleans.Runtime;

namespace Orleans;

/// <summary>Root of every grain interface. Its methods return <see cref="Task"/>, <see cref="Task{T}"/>, <see cref="ValueTask"/> or <see cref="ValueTask{T}"/>.</summary>
public interface IGrain : IAddressable;
