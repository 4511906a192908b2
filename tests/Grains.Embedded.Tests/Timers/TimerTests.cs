using System.Collections.Concurrent;
using Headgate.Grains.Embedded.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Grains.Embedded.Tests.Timers;

public interface ITickGrain : IGrainWithStringKey
{
    Task StartAsync(bool interleave, bool keepAlive, bool fails);

    [AlwaysInterleave]
    Task<int> TicksAsync();

    Task IsFreeAsync();

    Task PassAsync(string gate);

    Task ChangeAsync(TimeSpan dueTime);

    Task StopAsync();

    Task EndAsync();

    [AlwaysInterleave]
    Task<bool> StopWhileItTicksAsync();

    Task<string> ContextOfTheLastTickAsync();
}

public sealed class TickGrain : Grain, ITickGrain
{
    internal static readonly ConcurrentDictionary<string, string> Ended = new();
    private IGrainTimer? _timer;
    private CancellationToken _token;
    private string _context = "";
    private bool _busy;
    private int _ticks;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (this.GetPrimaryKeyString().StartsWith("auto", StringComparison.Ordinal))
        {
            _timer = this.RegisterGrainTimer(TickAsync, false, new GrainTimerCreationOptions(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
        }

        return Task.CompletedTask;
    }

    public Task StartAsync(bool interleave, bool keepAlive, bool fails)
    {
        _timer = this.RegisterGrainTimer(
            TickAsync,
            fails,
            new GrainTimerCreationOptions(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10)) { Interleave = interleave, KeepAlive = keepAlive });
        return Task.CompletedTask;
    }

    public Task<int> TicksAsync() => Task.FromResult(_ticks);

    public Task IsFreeAsync() => Task.CompletedTask;

    public async Task PassAsync(string gate)
    {
        _busy = true;
        await Gate.Named(gate).PassAsync();
        _busy = false;
    }

    public Task ChangeAsync(TimeSpan dueTime)
    {
        _timer!.Change(dueTime, Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    public Task StopAsync()
    {
        _timer!.Dispose();
        return Task.CompletedTask;
    }

    public Task<string> ContextOfTheLastTickAsync() => Task.FromResult(_context);

    public Task EndAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task<bool> StopWhileItTicksAsync()
    {
        var before = _token.IsCancellationRequested;
        _timer!.Dispose();
        return Task.FromResult(!before && _token.IsCancellationRequested);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Ended[this.GetPrimaryKeyString()] = $"{reason.ReasonCode} {_ticks}";
        return Task.CompletedTask;
    }

    private async Task TickAsync(bool fails, CancellationToken cancellationToken)
    {
        _token = cancellationToken;
        _context = RequestContext.Get("who") as string ?? "none";
        _ticks += _busy ? 1000 : 1;
        await Task.Yield();
        if (this.GetPrimaryKeyString().StartsWith("held", StringComparison.Ordinal))
        {
            await Gate.Named(this.GetPrimaryKeyString()).PassAsync();
        }

        if (fails)
        {
            throw new InvalidOperationException("as asked");
        }
    }
}

internal sealed class CountingFilter(List<string> seen) : IIncomingGrainCallFilter
{
    public Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.TargetContext.GrainInstance is TickGrain)
        {
            lock (seen)
            {
                seen.Add(context.MethodName);
            }
        }

        return context.Invoke();
    }
}

public sealed class TimerTests : IAsyncLifetime
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    private readonly List<string> _seen = [];
    private readonly string _key = Gate.NewName();
    private TestHost _host = null!;
    private ITickGrain _grain = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await TestHost.StartAsync(silo => silo.ConfigureServices(s => s.AddSingleton(_seen)).AddIncomingGrainCallFilter<CountingFilter>());
        _grain = _host.Get<ITickGrain>(_key);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Timer_TicksEachPeriod_ThroughTheFilters_EvenWhenATickFails(bool fails)
    {
        await _grain.StartAsync(interleave: false, keepAlive: false, fails).Soon();
        for (var tick = 1; tick <= 3; tick++)
        {
            _host.Time.Advance(Period);
            await TicksAsync(tick);
        }

        Assert.Equal(3, _seen.Count(static name => name == "InvokeCallbackAsync"));
    }

    [Fact]
    public async Task Tick_WhileACallRuns_WaitsForItsEnd()
    {
        var gate = Gate.NewName();
        await _grain.StartAsync(interleave: false, keepAlive: false, fails: false).Soon();
        var call = _grain.PassAsync(gate);
        await Gate.Named(gate).ReachedAsync();
        _host.Time.Advance(Period * 2);
        Assert.Equal(0, await _grain.TicksAsync().Soon());
        Gate.Named(gate).Open();
        await call.Soon();
        await TicksAsync(1);
    }

    [Fact]
    public async Task Tick_WhenItInterleaves_RunsBesideACall()
    {
        var gate = Gate.NewName();
        await _grain.StartAsync(interleave: true, keepAlive: false, fails: false).Soon();
        var call = _grain.PassAsync(gate);
        await Gate.Named(gate).ReachedAsync();
        _host.Time.Advance(Period);
        await Eventually.IsTrueAsync(async () => await _grain.TicksAsync() == 1000, "the tick beside the call");
        Gate.Named(gate).Open();
        await call.Soon();
    }

    [Fact]
    public async Task Timer_WhenChangedOrDisposed_TicksThenOrNoMore()
    {
        await _grain.StartAsync(interleave: false, keepAlive: false, fails: false).Soon();
        await _grain.ChangeAsync(TimeSpan.FromSeconds(60)).Soon();
        _host.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(0, await _grain.TicksAsync().Soon());
        _host.Time.Advance(TimeSpan.FromSeconds(2));
        await TicksAsync(1);
        await _grain.ChangeAsync(Period).Soon();
        await _grain.StopAsync().Soon();
        _host.Time.Advance(Period * 10);
        Assert.Equal(1, await _grain.TicksAsync().Soon());
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _grain.ChangeAsync(TimeSpan.FromSeconds(-5)).Soon());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ticks_CountAsUse_OnlyWhenTheyKeepAlive(bool keepAlive)
    {
        await _grain.StartAsync(interleave: false, keepAlive, fails: false).Soon();
        var ticks = keepAlive ? 150 : 2;
        await Eventually.IsTrueAsync(
            () =>
            {
                _host.Time.Advance(Period);
                return Count(_seen) > ticks && (keepAlive || TickGrain.Ended.ContainsKey(_key));
            },
            "the ticks come, and the grain ends if they do not keep it alive");
        Assert.Equal(!keepAlive, TickGrain.Ended.ContainsKey(_key));
    }

    [Fact]
    public async Task Timer_OfOnActivateAsync_TicksWhenTheGrainIsActive()
    {
        var grain = _host.Get<ITickGrain>("auto" + _key);
        await grain.IsFreeAsync().Soon();
        await Eventually.IsTrueAsync(
            async () =>
            {
                _host.Time.Advance(TimeSpan.FromMilliseconds(1));
                return await grain.TicksAsync() == 1;
            },
            "the tick");
    }

    [Fact]
    public async Task Timer_WhenDisposedDuringATick_CancelsTheTicksToken()
    {
        var (key, grain) = ("held" + _key, _host.Get<ITickGrain>("held" + _key));
        await grain.StartAsync(interleave: false, keepAlive: false, fails: false).Soon();
        _host.Time.Advance(Period);
        await Gate.Named(key).ReachedAsync();
        Assert.True(await grain.StopWhileItTicksAsync().Soon());
        Gate.Named(key).Open();
        await grain.IsFreeAsync().Soon();
        _host.Time.Advance(Period * 3);
        Assert.Equal(1, await grain.TicksAsync().Soon());
    }

    [Fact]
    public async Task Tick_DoesNotCarryTheContextOfTheCallThatMadeTheTimer()
    {
        RequestContext.Set("who", "me");
        await _grain.StartAsync(interleave: false, keepAlive: false, fails: false).Soon();
        RequestContext.Remove("who");
        _host.Time.Advance(Period);
        await TicksAsync(1);
        Assert.Equal("none", await _grain.ContextOfTheLastTickAsync().Soon());
    }

    [Fact]
    public async Task Timer_EndsWithItsActivation()
    {
        await _grain.StartAsync(interleave: false, keepAlive: false, fails: false).Soon();
        _host.Time.Advance(Period);
        await TicksAsync(1);
        await _grain.EndAsync().Soon();
        await _grain.IsFreeAsync().Soon();
        Assert.Equal("ApplicationRequested 1", TickGrain.Ended[_key]);
        _host.Time.Advance(Period * 3);
        await _grain.IsFreeAsync().Soon();
        Assert.Equal(0, await _grain.TicksAsync().Soon());
        Assert.Equal(1, _seen.Count(static name => name == "InvokeCallbackAsync"));
    }

    private static int Count(List<string> seen)
    {
        lock (seen)
        {
            return seen.Count;
        }
    }

    private async Task TicksAsync(int count)
    {
        await Eventually.IsTrueAsync(async () => await _grain.TicksAsync() >= count, $"{count} ticks");

        // This call waits for the end of the tick; then the next one is set.
        await _grain.IsFreeAsync().Soon();
        Assert.Equal(count, await _grain.TicksAsync().Soon());
    }
}
