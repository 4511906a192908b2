using System.Collections.Concurrent;
using Orleans.Storage;

namespace Headgate.Grains.Embedded.Tests.Support;

/// <summary>Storage with versions, and with faults that a test asks for.</summary>
internal sealed class MemoryStorage : IGrainStorage
{
    private readonly ConcurrentDictionary<string, (object State, long Version)> _records = new();

    public Exception? NextFault { get; set; }

    public string? Stored(string grainId) => (_records.GetValueOrDefault(grainId).State as CounterState)?.Count.ToString();

    public void Touch(string grainId) => _records.AddOrUpdate(grainId, (new CounterState(), 1), static (_, record) => (record.State, record.Version + 1));

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ThrowIfAsked();
        grainState.RecordExists = _records.TryGetValue(grainId.ToString(), out var record);
        grainState.State = record.State is CounterState { Count: var count } ? (T)(object)new CounterState { Count = count } : Activator.CreateInstance<T>();
        grainState.ETag = grainState.RecordExists ? record.Version.ToString() : null;
        return Task.CompletedTask;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await Task.Yield();
        ThrowIfAsked();
        var stored = _records.TryGetValue(grainId.ToString(), out var record) ? record.Version.ToString() : null;
        if (stored != grainState.ETag)
        {
            throw new InconsistentStateException("Another writer was first.", stored, grainState.ETag);
        }

        _records[grainId.ToString()] = (new CounterState { Count = ((CounterState)(object)grainState.State!).Count }, record.Version + 1);
        (grainState.ETag, grainState.RecordExists) = ((record.Version + 1).ToString(), true);
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ThrowIfAsked();
        _records.TryRemove(grainId.ToString(), out _);
        (grainState.State, grainState.ETag, grainState.RecordExists) = (Activator.CreateInstance<T>(), null, false);
        return Task.CompletedTask;
    }

    private void ThrowIfAsked()
    {
        if (NextFault is { } fault)
        {
            NextFault = null;
            throw fault;
        }
    }
}

/// <summary>A service whose end shows that the activation's scope ended.</summary>
internal sealed class ScopedThing : IDisposable
{
    public bool IsDisposed { get; private set; }

    public void Dispose() => IsDisposed = true;
}

[GenerateSerializer]
public sealed class CounterState
{
    [Id(0)]
    public int Count { get; set; }
}
