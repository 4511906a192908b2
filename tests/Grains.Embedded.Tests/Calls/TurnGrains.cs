using Headgate.Grains.Embedded.Tests.Support;

namespace Headgate.Grains.Embedded.Tests.Calls;

public interface ITurnGrain : IGrainWithStringKey
{
    Task<int> PassAsync(string gate, CancellationToken cancellationToken = default);

    ValueTask<string> KeyAsync();

    ValueTask TouchAsync();

    [ResponseTimeout("1.00:00:00")]
    Task IsFreeAsync();

    [ReadOnly]
    Task ReadAsync(string gate);

    [AlwaysInterleave]
    Task<int> RunningAsync();

    [ResponseTimeout("00:00:05")]
    Task PassQuicklyAsync(string gate);

    Task<bool> AwaitAsync();

    Task<int> ForwardAsync(string[] keys);

    Task<string> TokenAsync(string gate, CancellationToken cancellationToken);

    [AlwaysInterleave]
    Task<string> StoryAsync();

    Task CrossAsync(string gate, string other);

    Task<string> TokenBehindAsync(string gate, string other, CancellationToken cancellationToken);

    Task<int> EndAsync(string gate);
}

/// <summary>A grain that tells how its turns run.</summary>
public sealed class TurnGrain : Grain, ITurnGrain
{
    private int _running;
    private int _calls;
    private string _tokenStory = "";

    public async Task<int> PassAsync(string gate, CancellationToken cancellationToken)
    {
        _running++;
        var call = ++_calls;
        await Gate.Named(gate).PassAsync();
        _running--;
        return call;
    }

    public ValueTask<string> KeyAsync() => new(this.GetPrimaryKeyString());

    public ValueTask TouchAsync()
    {
        _calls++;
        return default;
    }

    public Task IsFreeAsync() => Task.CompletedTask;

    public Task ReadAsync(string gate) => PassAsync(gate, default);

    public Task<int> RunningAsync() => Task.FromResult(_running);

    public Task PassQuicklyAsync(string gate) => PassAsync(gate, default);

    public async Task<bool> AwaitAsync()
    {
        var before = TaskScheduler.Current;
        await Task.Yield();
        await Task.Run(static () => { });
        await Task.Delay(1).ConfigureAwait(true);
        return before != TaskScheduler.Default && TaskScheduler.Current == before;
    }

    public async Task<int> ForwardAsync(string[] keys) => keys is [var next, .. var rest]
        ? 1 + await GrainFactory.GetGrain<ITurnGrain>(next).ForwardAsync(rest)
        : 0;

    public async Task<string> TokenAsync(string gate, CancellationToken cancellationToken)
    {
        var mine = TaskScheduler.Current;
        using var registration = cancellationToken.Register(() => _tokenStory = TaskScheduler.Current == mine ? "in a turn" : "outside");
        await Gate.Named(gate).PassAsync();
        return _tokenStory;
    }

    public Task<string> StoryAsync() => Task.FromResult(_tokenStory);

    public async Task CrossAsync(string gate, string other)
    {
        await Gate.Named(gate).PassAsync();
        await GrainFactory.GetGrain<ITurnGrain>(other).KeyAsync();
    }

    public Task<string> TokenBehindAsync(string gate, string other, CancellationToken cancellationToken) =>
        GrainFactory.GetGrain<ITurnGrain>(other).TokenAsync(gate, cancellationToken);

    public async Task<int> EndAsync(string gate)
    {
        DeactivateOnIdle();
        return await PassAsync(gate, default);
    }
}

public interface IReentrantTurnGrain : IGrainWithStringKey
{
    Task<int> PassAsync(string gate, CancellationToken cancellationToken = default);

    Task<bool> MeetAsync(int turns);
}

[Reentrant]
public sealed class ReentrantTurnGrain : Grain, IReentrantTurnGrain
{
    private int _calls;
    private int _inTurn;

    public async Task<int> PassAsync(string gate, CancellationToken cancellationToken)
    {
        var call = ++_calls;
        await Gate.Named(gate).PassAsync();
        return call;
    }

    /// <summary>Whether another turn ran at the same time as one of this call.</summary>
    public async Task<bool> MeetAsync(int turns)
    {
        var met = false;
        for (var i = 0; i < turns; i++)
        {
            met |= Interlocked.Increment(ref _inTurn) != 1;
            Thread.SpinWait(2000);
            Interlocked.Decrement(ref _inTurn);
            await Task.Yield();
        }

        return met;
    }
}

public interface IWorkerGrain : IGrainWithStringKey
{
    Task<int> PassAsync(string gate);
}

[StatelessWorker(3)]
public sealed class WorkerGrain : Grain, IWorkerGrain
{
    private static int s_workers;
    private readonly int _worker = Interlocked.Increment(ref s_workers);

    public async Task<int> PassAsync(string gate)
    {
        await Gate.Named(gate).PassAsync();
        return _worker;
    }
}

public interface IFrontGrain : IGrainWithStringKey
{
    Task PutAsync(string? text);
}

public interface IBackGrain : IGrainWithStringKey
{
    Task<string?> TakeAsync();
}

public sealed class TwoFacedGrain : Grain, IFrontGrain, IBackGrain
{
    private string? _text;

    public Task PutAsync(string? text)
    {
        _text = text;
        return Task.CompletedTask;
    }

    public Task<string?> TakeAsync() => Task.FromResult(_text);
}

public interface IChoiceGrain : IGrainWithStringKey
{
    Task<string> NameAsync();
}

public sealed class FirstChoiceGrain : Grain, IChoiceGrain
{
    public Task<string> NameAsync() => Task.FromResult("first");
}

public sealed class SecondChoiceGrain : Grain, IChoiceGrain
{
    public Task<string> NameAsync() => Task.FromResult("second");
}

internal interface IHiddenGrain : IGrainWithStringKey
{
    Task<int> CountAsync(int start);
}

internal sealed class HiddenGrain : Grain, IHiddenGrain
{
    private int _count;

    Task<int> IHiddenGrain.CountAsync(int start) => Task.FromResult(start + ++_count);
}

public interface INobodysGrain : IGrainWithStringKey;
