using System.Reflection;
using Orleans.Calls;
using Orleans.Engine;
using Orleans.Runtime;

namespace Orleans.Timers;

/// <summary>A timer whose ticks are requests to its own activation. The next tick is set when one has ended, so that they never pile up.</summary>
internal sealed class GrainTimer : IGrainTimer
{
    private readonly Activation _activation;
    private readonly Func<CancellationToken, Task> _callback;
    private readonly bool _interleaves;
    private readonly bool _keepsAlive;
    private readonly CancellationTokenSource _stopped = new();
    private readonly ITimer _timer;
    private TimeSpan _next;
    private TimeSpan _period;
    private volatile bool _ticking;
    private volatile bool _disposed;

    internal GrainTimer(Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        (_activation, _callback, _interleaves, _keepsAlive) = (activation, callback, options.Interleave, options.KeepAlive);
        using (ExecutionContext.SuppressFlow())
        {
            _timer = activation.Engine.TimeProvider.CreateTimer(
                static timer => ((GrainTimer)timer!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        Change(options.DueTime, options.Period);
    }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        ThrowIfImpossible(dueTime, nameof(dueTime));
        ThrowIfImpossible(period, nameof(period));
        (_next, _period) = (dueTime, period);
        if (!_ticking)
        {
            _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _timer.Dispose();
        _activation.Cancel(_stopped);
    }

    private static void ThrowIfImpossible(TimeSpan time, string name)
    {
        if (time != Timeout.InfiniteTimeSpan && (time < TimeSpan.Zero || time.TotalMilliseconds > uint.MaxValue - 1))
        {
            throw new ArgumentOutOfRangeException(name, time, "A timer's times are zero to 49 days, or infinite.");
        }
    }

    private void Fire()
    {
        _ticking = true;
        _activation.TryEnqueue(new Tick(this) { Interleaves = _interleaves, KeepsAlive = _keepsAlive });
    }

    private Task TickAsync()
    {
        _next = _period;
        return _callback(_stopped.Token);
    }

    private void Rearm()
    {
        _ticking = false;
        if (!_disposed)
        {
            _timer.Change(_next, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class Tick(GrainTimer timer) : Request, IGrainTimerInvoker
    {
        private static readonly MethodInfo Callback = typeof(IGrainTimerInvoker).GetMethod(nameof(InvokeCallbackAsync))!;

        internal override bool IsDone => timer._disposed;

        protected override object?[] Arguments => [];

        public Task InvokeCallbackAsync() => timer.TickAsync();

        public override MethodInfo GetMethod() => Callback;

        public override Type GetInterfaceType() => typeof(IGrainTimerInvoker);

        internal override async ValueTask<object?> InvokeAsync(object grain)
        {
            await timer.TickAsync();
            return null;
        }

        internal override void SetResult(object? result) => timer.Rearm();

        internal override void SetException(Exception exception)
        {
            timer._activation.Engine.Log.TimerTickFailed(exception, timer._activation.GrainId);
            timer.Rearm();
        }
    }
}

/// <summary>What filters see as the called interface when a timer ticks.</summary>
internal interface IGrainTimerInvoker
{
    Task InvokeCallbackAsync();
}
