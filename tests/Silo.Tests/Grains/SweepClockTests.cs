using System.Diagnostics.Metrics;
using System.Reflection;
using Headgate.Grains;
using Headgate.Silo.Grains;
using Headgate.Silo.Grains.Sweeping;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans;

namespace Headgate.Silo.Tests.Grains;

public sealed class SweepClockTests
{
    [Fact]
    public async Task Run_WhenSweepsFail_WaitsLongerAndGoesBackAfterASuccess()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = new GrainMetrics(services.GetRequiredService<IMeterFactory>());
        var time = new EagerTime();
        var sweeper = new ScriptedSweeper(failures: 7, successes: 2);
        using var clock = new SweepClock(OnlyGrain.Factory(sweeper), time, metrics, NullLogger<SweepClock>.Instance);
        await clock.StartAsync(default);
        await sweeper.Done.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await clock.StopAsync(default);

        int[] expected = [15, 30, 60, 120, 240, 300, 300, 300, 15];
        Assert.True(time.Waits.Count >= expected.Length, $"{time.Waits.Count} waits");
        foreach (var (wait, seconds) in time.Waits.Zip(expected))
        {
            Assert.InRange(wait.TotalSeconds, seconds * 0.8, seconds * 1.2);
        }
    }

    /// <summary>Every wait is over at once, and remembered.</summary>
    private sealed class EagerTime : TimeProvider
    {
        public List<TimeSpan> Waits { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            lock (Waits)
            {
                Waits.Add(dueTime);
            }
            return base.CreateTimer(callback, state, TimeSpan.FromMilliseconds(1), period);
        }
    }

    /// <summary>A factory of one grain, whatever it is asked for.</summary>
    public class OnlyGrain : DispatchProxy
    {
        private object? _grain;

        public static IGrainFactory Factory(object grain)
        {
            var factory = Create<IGrainFactory, OnlyGrain>();
            ((OnlyGrain)(object)factory)._grain = grain;
            return factory;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _grain;
    }

    private sealed class ScriptedSweeper(int failures, int successes) : ISweeper
    {
        private int _calls;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task<int> SweepAsync(CancellationToken cancellationToken)
        {
            _calls++;
            if (_calls > failures + successes)
            {
                Done.TrySetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
            return _calls <= failures ? throw new InvalidOperationException("on purpose") : 0;
        }
    }
}
