using Headgate.Silo.Storage;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Headgate.Silo.Tests.Grains.Quotas;

/// <summary>Grain storage whose next write fails when a test says so: before it reached the database, or after, when nobody can say whether it did.</summary>
internal sealed class FaultyStore(GrainStore store) : IGrainStorage
{
    /// <summary>Whose next write fails, and when. Others' writes, which timers make, go on.</summary>
    public (string Key, WriteFault Fault) Next { get; set; }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => store.ReadStateAsync(stateName, grainId, grainState);

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var (key, fault) = Next;
        if (grainId.Key.ToString() == key)
        {
            Next = default;
        }
        else
        {
            fault = WriteFault.None;
        }

        if (fault != WriteFault.Before)
        {
            await store.WriteStateAsync(stateName, grainId, grainState);
        }
        if (fault != WriteFault.None)
        {
            throw new IOException($"The database went away ({fault} the write).");
        }
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => store.ClearStateAsync(stateName, grainId, grainState);
}
