using Orleans.Engine;
using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>State that is read when the activation begins.</summary>
internal interface ILoadedState
{
    Task ReadStateAsync();
}

/// <summary>A grain's state in front of its storage. Refuses code that has left the grain's turns.</summary>
internal sealed class PersistentState<T>(Activation owner, string name, IGrainStorage storage) : IPersistentState<T>, ILoadedState
    where T : new()
{
    private readonly GrainState<T> _record = new(new T());

    public T State
    {
        get => InTurn().State;
        set => InTurn().State = value;
    }

    public string? Etag => _record.ETag;

    public bool RecordExists => _record.RecordExists;

    public Task ReadStateAsync() => RunAsync("read", static (state, id, record, store) => store.ReadStateAsync(state, id, record));

    public Task WriteStateAsync() => RunAsync("write", static (state, id, record, store) => store.WriteStateAsync(state, id, record));

    public Task ClearStateAsync() => RunAsync("clear", static (state, id, record, store) => store.ClearStateAsync(state, id, record));

    private GrainState<T> InTurn()
    {
        owner.EnsureInTurn();
        return _record;
    }

    private async Task RunAsync(string operation, Func<string, GrainId, GrainState<T>, IGrainStorage, Task> action)
    {
        var record = InTurn();
        try
        {
            await action(name, owner.GrainId, record, storage);
            record.State ??= new T();
        }
        catch (Exception exception) when (exception is not OrleansException)
        {
            throw new OrleansException(
                $"{storage.GetType().Name} failed to {operation} the state \"{name}\" of {owner.GrainId}: {exception.Message}", exception);
        }
    }
}
