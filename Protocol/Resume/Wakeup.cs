using System.Threading.Tasks.Sources;

namespace Headgate.Protocol.Resume;

/// <summary>Lets one loop wait until there is something to do, without a wake-up being lost.</summary>
/// <remarks>The loop: <see cref="Prepare"/>, look whether there is something to do, then <see cref="WaitAsync"/> if not, <see cref="ForgetAsync"/> if so.</remarks>
internal sealed class Wakeup : IValueTaskSource
{
    private const int Busy = 0;
    private const int Waits = 1;

    private ManualResetValueTaskSourceCore<bool> _signal;
    private int _state;

    /// <summary>To be called before the loop looks, for the last time, whether there is something to do.</summary>
    public void Prepare()
    {
        _signal.Reset();
        Interlocked.Exchange(ref _state, Waits);
    }

    /// <summary>Waits as prepared.</summary>
    public ValueTask WaitAsync() => new(this, _signal.Version);

    /// <summary>Takes a preparation back. Whoever came before that has a signal to give, which is waited for: it would meet the next preparation.</summary>
    public ValueTask ForgetAsync() => Interlocked.CompareExchange(ref _state, Busy, Waits) == Waits ? ValueTask.CompletedTask : WaitAsync();

    /// <summary>Ends the wait, the present one or the one that is prepared; the loop goes on in another thread. What it is to see must be in place before.</summary>
    public void Wake() => Signal(elsewhere: true);

    /// <summary>As <see cref="Wake"/>, but a loop that waits goes on in this thread, until it waits for something: spares a switch between threads. No lock may be held that the loop takes.</summary>
    public void RunHere() => Signal(elsewhere: false);

    void IValueTaskSource.GetResult(short token) => _signal.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _signal.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _signal.OnCompleted(continuation, state, token, flags);

    private void Signal(bool elsewhere)
    {
        if (Interlocked.CompareExchange(ref _state, Busy, Waits) == Waits)
        {
            _signal.RunContinuationsAsynchronously = elsewhere;
            _signal.SetResult(true);
        }
    }
}
