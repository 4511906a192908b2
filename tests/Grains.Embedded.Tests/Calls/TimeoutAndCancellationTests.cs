using Headgate.Grains.Embedded.Tests.Support;

namespace Headgate.Grains.Embedded.Tests.Calls;

public sealed class TimeoutAndCancellationTests : IAsyncLifetime
{
    private readonly string _gate = Gate.NewName();
    private TestHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await TestHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Call_WhenUnansweredFor30Seconds_TimesOut_AndTheCalleeGoesOn()
    {
        var grain = _host.Get<ITurnGrain>("a");
        var call = grain.PassAsync(_gate);
        await Gate.Named(_gate).ReachedAsync();
        _host.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(call.IsCompleted);
        _host.Time.Advance(TimeSpan.FromSeconds(2));
        var error = await Assert.ThrowsAsync<TimeoutException>(() => call.Soon());
        Assert.Contains("turn/a", error.Message);

        Assert.Equal(1, await grain.RunningAsync().Soon());
        Gate.Named(_gate).Open();
        Assert.Equal(2, await grain.PassAsync(_gate).Soon());
    }

    [Fact]
    public async Task Call_WhenItWaitsTooLong_TimesOut_AndNeverStarts()
    {
        var (grain, late) = (_host.Get<ITurnGrain>("a"), Gate.NewName());
        var first = grain.PassAsync(_gate);
        await Gate.Named(_gate).ReachedAsync();
        var waiting = grain.PassAsync(late);
        _host.Time.Advance(TimeSpan.FromSeconds(31));
        await Assert.ThrowsAsync<TimeoutException>(() => waiting.Soon());
        await Assert.ThrowsAsync<TimeoutException>(() => first.Soon());

        Gate.Named(_gate).Open();
        Assert.Equal(2, await grain.PassAsync(_gate).Soon());
        Assert.False(Gate.Named(late).IsReached);
    }

    [Fact]
    public async Task Call_WhenMethodHasItsOwnTimeout_TimesOutThen()
    {
        var call = _host.Get<ITurnGrain>("a").PassQuicklyAsync(_gate);
        await Gate.Named(_gate).ReachedAsync();
        _host.Time.Advance(TimeSpan.FromSeconds(6));
        await Assert.ThrowsAsync<TimeoutException>(() => call.Soon());
        Gate.Named(_gate).Open();
    }

    [Fact]
    public async Task Call_WhenItTimesOut_DoesNotCancelTheCallee()
    {
        using var cancel = new CancellationTokenSource();
        var grain = _host.Get<ITurnGrain>("a");
        var call = grain.TokenAsync(_gate, cancel.Token);
        await Gate.Named(_gate).ReachedAsync();
        _host.Time.Advance(TimeSpan.FromSeconds(32));
        await Assert.ThrowsAsync<TimeoutException>(() => call.Soon());
        Assert.Equal("", await grain.StoryAsync().Soon());
        Gate.Named(_gate).Open();
        Assert.Equal("", await grain.TokenAsync(_gate, default).Soon());
    }

    [Fact]
    public async Task CrossedCalls_OfTwoGrains_EndInATimeout_AndBothAreFreeAgain()
    {
        var (left, right) = (_host.Get<ITurnGrain>("left"), _host.Get<ITurnGrain>("right"));
        var calls = new[] { left.CrossAsync(_gate, "right"), right.CrossAsync(_gate, "left") };
        await Gate.Named(_gate).ReachedAsync();
        await Gate.Named(_gate).ReachedAsync();
        Gate.Named(_gate).Open();
        await AdvanceUntilAsync(Task.WhenAny(Task.WhenAll(calls)));
        foreach (var call in calls)
        {
            await Assert.ThrowsAsync<TimeoutException>(() => call);
        }

        await AdvanceUntilAsync(Task.WhenAll(left.IsFreeAsync(), right.IsFreeAsync()));
    }

    [Fact]
    public async Task CallsInACircle_EndInATimeout()
    {
        var call = _host.Get<ITurnGrain>("p").ForwardAsync(["q", "p"]);
        await AdvanceUntilAsync(call);
        await Assert.ThrowsAsync<TimeoutException>(() => call);

        // The inner calls were sent later and give up later; then the grain is free.
        await AdvanceUntilAsync(_host.Get<ITurnGrain>("p").IsFreeAsync());
    }

    [Fact]
    public async Task Call_WhenTokenIsCancelledBeforehand_IsNotSent()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _host.Get<ITurnGrain>("a").PassAsync(_gate, new(canceled: true)).Soon());
        Assert.Equal(0, await _host.Get<ITurnGrain>("a").RunningAsync().Soon());
        Assert.False(Gate.Named(_gate).IsReached);
    }

    [Fact]
    public async Task Call_WhenCancelled_ReleasesTheCallerAtOnce_AndTheCalleeHearsInATurn()
    {
        using var cancel = new CancellationTokenSource();
        var grain = _host.Get<ITurnGrain>("a");
        var call = grain.TokenAsync(_gate, cancel.Token);
        await Gate.Named(_gate).ReachedAsync();
        await cancel.CancelAsync();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Soon());
        Assert.Equal(cancel.Token, error.CancellationToken);

        await Eventually.IsTrueAsync(async () => await grain.StoryAsync() == "in a turn", "the callee hears of it, in a turn");
        Gate.Named(_gate).Open();
    }

    [Fact]
    public async Task Cancellation_ReachesTheGrainBehind()
    {
        using var cancel = new CancellationTokenSource();
        var call = _host.Get<ITurnGrain>("front").TokenBehindAsync(_gate, "behind", cancel.Token);
        await Gate.Named(_gate).ReachedAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Soon());
        await _host.Get<ITurnGrain>("front").IsFreeAsync().Soon();

        await Eventually.IsTrueAsync(async () => await _host.Get<ITurnGrain>("behind").StoryAsync() == "in a turn", "the grain behind hears of it");
        Gate.Named(_gate).Open();
    }

    [Fact]
    public async Task Call_WhenCancelledWhileItWaits_ReleasesTheCaller_AndDisturbsNoOther()
    {
        using var cancel = new CancellationTokenSource();
        var (grain, late) = (_host.Get<ITurnGrain>("a"), Gate.NewName());
        var first = grain.PassAsync(_gate);
        await Gate.Named(_gate).ReachedAsync();
        var waiting = grain.PassAsync(late, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Soon());

        // Whether it is taken out before its turn comes is a race that an engine may lose.
        Gate.Named(late).Open();
        Gate.Named(_gate).Open();
        Assert.Equal(1, await first.Soon());
        await grain.IsFreeAsync().Soon();
    }

    private Task AdvanceUntilAsync(Task task) => Eventually.IsTrueAsync(
        () =>
        {
            _host.Time.Advance(TimeSpan.FromSeconds(1));
            return task.IsCompleted;
        },
        "the calls give up");
}
