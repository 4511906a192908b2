using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>
/// Keeps the states of grains; registered under its name with <c>AddKeyedSingleton&lt;IGrainStorage&gt;(name, ...)</c>, the one for states that name
/// none with <c>AddSingleton&lt;IGrainStorage&gt;(...)</c>. Called from many grains at once, for one grain never at the same time. Errors other than <see cref="OrleansException"/> are wrapped in one.
/// </summary>
public interface IGrainStorage
{
    /// <summary>Reads a record into <paramref name="grainState"/>. No record: a new state, no version, <c>RecordExists</c> false.</summary>
    /// <param name="stateName">The state's name.</param>
    /// <param name="grainId">Whose state.</param>
    /// <param name="grainState">Takes state, version, existence.</param>
    /// <typeparam name="T">The state class.</typeparam>
    Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

    /// <summary>Writes a record whose version is still that of <paramref name="grainState"/>, and sets the new version.</summary>
    /// <param name="stateName">The state's name.</param>
    /// <param name="grainId">Whose state.</param>
    /// <param name="grainState">State and version.</param>
    /// <typeparam name="T">The state class.</typeparam>
    /// <exception cref="InconsistentStateException">The record has another version.</exception>
    Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

    /// <summary>Removes a record whose version is still that of <paramref name="grainState"/>; leaves a new state, no version.</summary>
    /// <param name="stateName">The state's name.</param>
    /// <param name="grainId">Whose state.</param>
    /// <param name="grainState">State and version.</param>
    /// <typeparam name="T">The state class.</typeparam>
    /// <exception cref="InconsistentStateException">The record has another version.</exception>
    Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);
}
