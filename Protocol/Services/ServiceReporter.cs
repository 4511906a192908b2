namespace Headgate.Protocol.Services;

/// <summary>
/// Tells the service manager once a second how the program fares, for as long as it is not disposed: ready, as soon as it serves (or after 30 s, when it
/// still waits for others: its manager shall not take that for a failure); its status, when that changes; that it stops, and that stopping takes longer.
/// </summary>
public sealed class ServiceReporter : IAsyncDisposable
{
    /// <summary>How long after its start a program that does not serve yet is called ready all the same.</summary>
    public static readonly TimeSpan ReadyAtLatest = TimeSpan.FromSeconds(30);

    /// <summary>How much longer than each tick of a stop the manager is asked to wait.</summary>
    public static readonly TimeSpan Extension = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);

    private readonly IServiceManager _manager;
    private readonly Func<ServiceState> _state;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _loop;

    /// <summary>Begins to report.</summary>
    /// <param name="manager">Who is told.</param>
    /// <param name="state">How the program fares; asked from another thread, must not block.</param>
    /// <param name="time">The clock.</param>
    public ServiceReporter(IServiceManager manager, Func<ServiceState> state, TimeProvider time)
    {
        (_manager, _state, _time) = (manager, state, time);
        _loop = RunAsync();
    }

    /// <summary>The program was asked to stop; said at once, and again until this is disposed. Does nothing the second time.</summary>
    public void Stopping() => _stopping.TrySetResult();

    /// <summary>Ends reporting.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _loop;
        _end.Dispose();
    }

    private async Task RunAsync()
    {
        var interval = _manager.WatchdogInterval is { } watchdog && watchdog < s_tick ? watchdog : s_tick;
        var (start, lastAlive) = (_time.GetTimestamp(), _time.GetTimestamp());
        bool isReady = false, isStopping = false;
        string? said = null;
        while (!_end.IsCancellationRequested)
        {
            var state = _state();
            if (_stopping.Task.IsCompleted)
            {
                if (!isStopping)
                {
                    isStopping = true;
                    _manager.Stopping(said = state.Status);
                }

                _manager.ExtendTimeout(Extension);
            }
            else if (!isReady && (state.IsServing || _time.GetElapsedTime(start) >= ReadyAtLatest))
            {
                isReady = true;
                _manager.Ready(said = state.Status);
            }

            if (state.Status != said)
            {
                _manager.Status(said = state.Status);
            }

            if (_manager.WatchdogInterval is { } due && _time.GetElapsedTime(lastAlive) + interval > due)
            {
                lastAlive = _time.GetTimestamp();
                _manager.Alive();
            }

            await TickAsync(interval, isStopping);
        }
    }

    /// <summary>Ends with the tick, with the reporter, or, unless it is known already, with the word that the program stops.</summary>
    private async Task TickAsync(TimeSpan interval, bool isStopping)
    {
        var tick = Task.Delay(interval, _time, _end.Token);
        await (isStopping ? tick : Task.WhenAny(tick, _stopping.Task)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
