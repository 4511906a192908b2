using System.Collections.Concurrent;
using Headgate.Grains.Embedded.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Headgate.Grains.Embedded.Tests.Lifecycle;

public interface ILifeGrain : IGrainWithStringKey
{
    Task<int> TouchAsync();

    Task EndAsync();

    Task PassAsync(string gate);
}

/// <summary>A grain that writes down how it lives; the start of its key says what goes wrong.</summary>
internal sealed class LifeGrain : Grain, ILifeGrain
{
    internal static readonly ConcurrentDictionary<string, ConcurrentQueue<string>> Stories = new();
    private readonly ScopedThing _thing;
    private int _calls;

    public LifeGrain(ScopedThing thing, ILogger<LifeGrain> logger, IGrainContext context)
    {
        Assert.NotNull(logger);
        Assert.Equal(this.GetPrimaryKeyString(), context.GrainId.Key.ToString());
        (_thing, Story) = (thing, Stories.GetOrAdd(this.GetPrimaryKeyString(), static _ => new()));
        Tell("constructed");
        FailIf("ctor");
    }

    private ConcurrentQueue<string> Story { get; }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        Tell("activated");
        FailIf("activate");
        if (this.GetPrimaryKeyString().StartsWith("slow", StringComparison.Ordinal) && Story.Count == 2)
        {
            using var registration = cancellationToken.Register(() => Tell("told to hurry"));
            await Gate.Named(this.GetPrimaryKeyString()).PassAsync();
        }

        if (this.GetPrimaryKeyString().StartsWith("ends", StringComparison.Ordinal))
        {
            DeactivateOnIdle();
        }
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await Task.Yield();
        Tell($"deactivated {reason.ReasonCode} {(_thing.IsDisposed ? "late" : "in time")}");
        FailIf("deactivate");
    }

    public Task<int> TouchAsync() => Task.FromResult(++_calls);

    public Task EndAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task PassAsync(string gate) => Gate.Named(gate).PassAsync();

    private void Tell(string what) => Story.Enqueue(what);

    private void FailIf(string place)
    {
        if (this.GetPrimaryKeyString().StartsWith(place, StringComparison.Ordinal))
        {
            throw new InvalidTimeZoneException(place);
        }
    }
}

public sealed class LifecycleTests : IAsyncLifetime
{
    private readonly string _key = Gate.NewName();
    private TestHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await TestHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task DeactivateOnIdle_EndsTheActivation_AndTheNextCallMakesAnother()
    {
        var grain = _host.Get<ILifeGrain>(_key);
        Assert.Equal(1, await grain.TouchAsync().Soon());
        Assert.Equal(2, await grain.TouchAsync().Soon());
        await grain.EndAsync().Soon();
        Assert.Equal(1, await grain.TouchAsync().Soon());
        Assert.Equal(
            ["constructed", "activated", "deactivated ApplicationRequested in time", "constructed", "activated"], LifeGrain.Stories[_key]);
    }

    [Fact]
    public async Task Activation_WhenIdleForItsAge_Ends_AndAUsedOneStays()
    {
        var (idle, used) = (_host.Get<ILifeGrain>(_key), _host.Get<ILifeGrain>("used" + _key));
        await idle.TouchAsync().Soon();
        await used.TouchAsync().Soon();
        _host.Time.Advance(TimeSpan.FromMinutes(10));
        await used.TouchAsync().Soon();
        _host.Time.Advance(TimeSpan.FromMinutes(7));
        await Eventually.IsTrueAsync(() => LifeGrain.Stories[_key].Contains("deactivated ActivationIdle in time"), "the idle grain ends");
        Assert.Equal(3, await used.TouchAsync().Soon());
        Assert.Equal(1, await idle.TouchAsync().Soon());
    }

    [Fact]
    public async Task Activation_WhenACallRuns_IsNotIdle()
    {
        var (grain, gate) = (_host.Get<ILifeGrain>(_key), Gate.NewName());
        var call = grain.PassAsync(gate);
        await Gate.Named(gate).ReachedAsync();
        _host.Time.Advance(TimeSpan.FromHours(1));
        Gate.Named(gate).Open();
        await Assert.ThrowsAsync<TimeoutException>(() => call.Soon());
        Assert.Equal(1, await grain.TouchAsync().Soon());
        Assert.Equal(["constructed", "activated"], LifeGrain.Stories[_key]);
    }

    [Theory]
    [InlineData("ctor", 1)]
    [InlineData("activate", 2)]
    public async Task Activation_WhenItFails_FailsItsCallers_AndIsTriedAnewByTheNext(string place, int steps)
    {
        var grain = _host.Get<ILifeGrain>(place + _key);
        Assert.Equal(place, (await Assert.ThrowsAsync<InvalidTimeZoneException>(() => grain.TouchAsync().Soon())).Message);
        await Eventually.IsTrueAsync(() => LifeGrain.Stories[place + _key].Count == steps, "the first activation is over");
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => grain.TouchAsync().Soon());
        Assert.Equal(2 * steps, LifeGrain.Stories[place + _key].Count);
    }

    [Fact]
    public async Task Activation_WhenItTakesTooLong_Fails_AndIsTriedAnewByTheNext()
    {
        var (key, grain) = ("slow" + _key, _host.Get<ILifeGrain>("slow" + _key));
        var call = grain.TouchAsync();
        await Gate.Named(key).ReachedAsync();
        _host.Time.Advance(TimeSpan.FromSeconds(32));
        await Assert.ThrowsAsync<TimeoutException>(() => call.Soon());

        // Until the failed activation is out of the way its callers share its fate.
        await Eventually.IsTrueAsync(
            async () => await Task.WhenAny(grain.TouchAsync()) is { IsCompletedSuccessfully: true }, "another activation serves");
        Gate.Named(key).Open();
        Assert.Equal(["constructed", "activated", "told to hurry", "constructed", "activated"], LifeGrain.Stories[key]);
    }

    [Fact]
    public async Task Deactivation_WhenItFails_EndsAllTheSame()
    {
        var grain = _host.Get<ILifeGrain>("deactivate" + _key);
        await grain.TouchAsync().Soon();
        await grain.EndAsync().Soon();
        Assert.Equal(1, await grain.TouchAsync().Soon());
    }

    [Fact]
    public async Task Activation_WhenItEndsItselfBeforeItServes_RefusesInsteadOfTryingForEver() =>
        await Assert.ThrowsAsync<OrleansMessageRejectionException>(() => _host.Get<ILifeGrain>("ends" + _key).TouchAsync().Soon());

    [Fact]
    public async Task Stop_FinishesAcceptedCalls_DeactivatesAll_AndRefusesNewOnes()
    {
        var (grain, other, gate) = (_host.Get<ILifeGrain>(_key), _host.Get<ILifeGrain>("other" + _key), Gate.NewName());
        await other.TouchAsync().Soon();
        var running = grain.PassAsync(gate);
        await Gate.Named(gate).ReachedAsync();
        var waiting = grain.TouchAsync();
        var stopping = _host.StopAsync();
        await Eventually.IsTrueAsync(() => LifeGrain.Stories["other" + _key].Contains("deactivated ShuttingDown in time"), "the other grain ends");
        Assert.False(stopping.IsCompleted);
        await Assert.ThrowsAsync<OrleansMessageRejectionException>(() => other.TouchAsync().Soon());

        Gate.Named(gate).Open();
        await running.Soon();
        Assert.Equal(1, await waiting.Soon());
        await stopping.Soon();
        Assert.Contains("deactivated ShuttingDown in time", LifeGrain.Stories[_key]);
        await Assert.ThrowsAsync<OrleansMessageRejectionException>(() => grain.TouchAsync().Soon());
    }

    [Fact]
    public async Task Stop_WhenACallNeverEnds_GivesUpWhenTold()
    {
        var gate = "stuck" + Gate.NewName();
        _ = _host.Get<ILifeGrain>(_key).PassAsync(gate);
        await Gate.Named(gate).ReachedAsync();
        using var enough = new CancellationTokenSource(100);
        await _host.StopAsync(enough.Token).Soon();
        await Assert.ThrowsAsync<OrleansMessageRejectionException>(() => _host.Get<ILifeGrain>(_key).TouchAsync().Soon());
    }
}
