using Microsoft.Extensions.DependencyInjection;
using Orleans.Calls;
using Orleans.Runtime;
using Orleans.Storage;
using Orleans.Timers;

namespace Orleans.Engine;

/// <summary>
/// One grain object in memory: its mailbox, its way from activation to deactivation, and the scheduler that all of its code runs on.
/// </summary>
internal sealed class Activation : TurnScheduler, IGrainContext
{
    private const int MaxForwards = 2;

    private readonly Mailbox _mailbox = new();
    private readonly TaskCompletionSource _deactivated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<GrainTimer>? _timers;
    private AsyncServiceScope _scope;
    private Dictionary<string, object>? _context;
    private Phase _phase;
    private DeactivationReason? _ending;
    private CancellationToken _hurry;
    private long _lastUsed;
    private bool _hasServed;

    internal Activation(GrainClass grainClass, string key, WorkerPool? pool = null)
    {
        (Class, Key, Pool, GrainId) = (grainClass, key, pool, new(grainClass.GrainType, IdSpan.Create(key)));
        _lastUsed = Engine.Now;
    }

    private enum Phase
    {
        New,
        Activating,
        Active,
        Deactivating,
        Ended,
    }

    /// <summary>The activation whose turn this thread runs; null outside of grains.</summary>
    internal static new Activation? Current => Running as Activation;

    internal GrainClass Class { get; }

    internal GrainEngine Engine => Class.Engine;

    internal string Key { get; }

    internal WorkerPool? Pool { get; }

    /// <summary>Calls that run or wait; read without the lock, to choose among workers.</summary>
    internal int Load => _mailbox.Load;

    public GrainId GrainId { get; }

    public object? GrainInstance { get; private set; }

    public IServiceProvider ActivationServices => _scope.ServiceProvider;

    public Task Deactivated => _deactivated.Task;

    internal static Activation Owner(IGrainBase grain)
    {
        var owner = (Activation)grain.GrainContext;
        owner.EnsureInTurn();
        return owner;
    }

    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        lock (Sync)
        {
            _ending ??= deactivationReason;
            _hurry = cancellationToken.CanBeCanceled ? cancellationToken : _hurry;
            Wake();
        }
    }

    internal void EnsureInTurn()
    {
        if (Running != this)
        {
            throw new InvalidOperationException(
                $"{GrainId} was used outside of its turns. Grains neither await with ConfigureAwait(false) nor use their state in Task.Run.");
        }
    }

    /// <summary>Takes a call; false when the activation has ended and another one must be asked.</summary>
    internal bool TryEnqueue(Request request)
    {
        lock (Sync)
        {
            if (_phase == Phase.Ended)
            {
                return false;
            }

            _mailbox.Add(request);
            if (_phase == Phase.New || (_phase == Phase.Active && _mailbox.CanStart))
            {
                Wake();
            }

            return true;
        }
    }

    internal GrainTimer AddTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        var timer = new GrainTimer(this, callback, options);
        (_timers ??= []).Add(timer);
        return timer;
    }

    /// <summary>Cancels in a turn of this activation, so that what the grain registered on the token runs there too.</summary>
    internal void Cancel(CancellationTokenSource source)
    {
        if (Running != this)
        {
            _ = Task.Factory.StartNew(() => Cancel(source), CancellationToken.None, TaskCreationOptions.None, this);
            return;
        }

        try
        {
            source.Cancel();
        }
        catch (Exception exception)
        {
            Engine.Log.CancellationFailed(exception, GrainId);
        }
    }

    /// <summary>Releases callers whose time is up, and ends the activation when it was idle for <paramref name="age"/> timestamps.</summary>
    internal void Sweep(long now, long age)
    {
        lock (Sync)
        {
            if (_mailbox.Load > 0)
            {
                Engine.Metrics.TimedOut(_mailbox.Expire(now));
            }

            if (_phase == Phase.Active && now - _lastUsed >= age && !_mailbox.IsUsed)
            {
                Deactivate(new(DeactivationReasonCode.ActivationIdle, "No call came for the collection age."));
            }
        }
    }

    protected override (Action<object?> Turn, object State)? NextStart()
    {
        if (_phase == Phase.New)
        {
            _phase = Phase.Activating;
            _context = _mailbox.First?.Context;
            return (static self => _ = ((Activation)self!).ActivateAsync(), this);
        }

        // A host that stops serves what it has accepted; any other end leaves what waits to the next activation.
        if (_phase == Phase.Active && _ending is null or { ReasonCode: DeactivationReasonCode.ShuttingDown } && _mailbox.Start() is { } request)
        {
            _hasServed = true;
            request.Target = this;
            return (static state => _ = ((Request)state!).Target!.ServeAsync((Request)state), request);
        }

        if (_phase == Phase.Active && _ending is not null && !_mailbox.IsBusy)
        {
            _phase = Phase.Deactivating;
            return (static self => _ = ((Activation)self!).DeactivateAsync(), this);
        }

        return null;
    }

    private async Task ServeAsync(Request request)
    {
        try
        {
            // A cancellation between the start and this point is seen here; a later one finds the target.
            if (!request.IsDone)
            {
                RequestContext.Current = request.Context;
                var filters = Engine.Filters;
                if (filters.Length == 0 && !Class.IsFilter)
                {
                    request.SetResult(await request.InvokeAsync(GrainInstance!));
                }
                else
                {
                    var context = new CallContext(this, request, filters);
                    await context.Invoke();
                    request.SetResult(context.Result);
                }
            }
        }
        catch (Exception exception)
        {
            if (exception is InconsistentStateException { IsSourceActivation: true } lost)
            {
                lost.IsSourceActivation = false;
                Engine.Log.LostRace(exception, GrainId);
                Deactivate(new(DeactivationReasonCode.ApplicationError, exception, "Another writer was first; what is in memory is stale."));
            }

            request.SetException(exception);
        }
        finally
        {
            lock (Sync)
            {
                _mailbox.Finish(request);
                _lastUsed = request.KeepsAlive ? Engine.Now : _lastUsed;
            }
        }
    }

    private async Task ActivateAsync()
    {
        var timeout = Engine.Collection.ActivationTimeout;
        try
        {
            using var hurry = new CancellationTokenSource(timeout, Engine.TimeProvider);
            await BeginAsync(hurry.Token).WaitAsync(timeout, Engine.TimeProvider);
            lock (Sync)
            {
                (_phase, _lastUsed) = (Phase.Active, Engine.Now);
            }
        }
        catch (Exception exception)
        {
            Engine.Log.ActivationFailed(exception, GrainId);
            Engine.Metrics.ActivationFailed();
            await EndAsync(exception);
        }
    }

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        Engine.ThrowIfStopped();
        RequestContext.Current = _context;
        _scope = Engine.ServiceProvider.CreateAsyncScope();
        (GrainInstance, var states) = Class.Construct(this);
        foreach (var state in states)
        {
            await state.ReadStateAsync();
        }

        await ((IGrainBase)GrainInstance).OnActivateAsync(cancellationToken);
    }

    private async Task DeactivateAsync()
    {
        var timeout = Engine.Collection.DeactivationTimeout;
        try
        {
            using var late = new CancellationTokenSource(timeout, Engine.TimeProvider);
            using var hurry = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _hurry);
            _timers?.ToList().ForEach(static timer => timer.Dispose());
            await ((IGrainBase)GrainInstance!).OnDeactivateAsync(_ending!.Value, hurry.Token).WaitAsync(timeout, Engine.TimeProvider);
        }
        catch (Exception exception)
        {
            Engine.Log.DeactivationFailed(exception, GrainId);
        }

        await EndAsync(null);
    }

    private async Task EndAsync(Exception? failure)
    {
        _timers?.ToList().ForEach(static timer => timer.Dispose());
        try
        {
            await ((GrainInstance as IAsyncDisposable)?.DisposeAsync() ?? default);
            (GrainInstance as IDisposable)?.Dispose();
            await _scope.DisposeAsync();
        }
        catch (Exception exception)
        {
            Engine.Log.DeactivationFailed(exception, GrainId);
        }

        List<Request> waiting;
        lock (Sync)
        {
            _phase = Phase.Ended;
            waiting = _mailbox.Drain();
        }

        Class.Remove(this);
        _deactivated.SetResult();
        foreach (var request in waiting)
        {
            Forward(request, failure);
        }
    }

    private void Forward(Request request, Exception? failure)
    {
        // An activation that ends itself before it serves would be made anew for ever.
        request.Forwards += _hasServed ? 0 : 1;
        failure ??= request.Forwards > MaxForwards
            ? new OrleansMessageRejectionException($"{GrainId} ended {request.Forwards} times before it served this call; last: {_ending}")
            : null;
        if (failure is not null)
        {
            request.SetException(failure);
        }
        else if (!request.IsDone)
        {
            Class.Dispatch(Key, request);
        }
    }
}
