using System.Collections.Concurrent;
using Headgate.Grains.Embedded.Tests.Calls;
using Headgate.Grains.Embedded.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Headgate.Grains.Embedded.Tests.Lifecycle;

public interface ILifeGrain : IGrainWithStringKey
{
    Task<int> TouchAsync();

    Task EndAsync();

    Task PassAsync(string gate);

    Task EndAndPassAsync(string gate);
}

/// <summary>A grain that writes down how it lives; the start of its key says what goes wrong.</summary>
internal sealed class LifeGrain : Grain, ILifeGrain, IDisposable
{
    internal static readonly ConcurrentDictionary<string, ConcurrentQueue<string>> Stories = new();

    /// <summary>How long the story was when the grain was disposed.</summary>
    internal static readonly ConcurrentDictionary<string, int> Disposed = new();
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

    public void Dispose() => Disposed.TryAdd(this.GetPrimaryKeyString(), Story.Count);

    public Task<int> TouchAsync() => Task.FromResult(++_calls);

    public Task EndAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task PassAsync(string gate) => Gate.Named(gate).PassAsync();

    public async Task EndAndPassAsync(string gate)
    {
        DeactivateOnIdle();
        await Gate.Named(gate).PassAsync();
        Tell("passed");
    }

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

    [Fact]
    public async Task Deactivation_WaitsForTheCallThatRuns()
    {
        var (grain, other, gate) = (_host.Get<ILifeGrain>(_key), _host.Get<ILifeGrain>("other" + _key), Gate.NewName());
        var ending = grain.EndAndPassAsync(gate);
        await Gate.Named(gate).ReachedAsync();

        // Time enough for a deactivation that would not wait.
        for (var i = 0; i < 100; i++)
        {
            await other.TouchAsync().Soon();
        }

        Gate.Named(gate).Open();
        await ending.Soon();
        Assert.Equal(1, await grain.TouchAsync().Soon());
        Assert.Equal(
            ["constructed", "activated", "passed", "deactivated ApplicationRequested in time", "constructed", "activated"], LifeGrain.Stories[_key]);
    }

    [Fact]
    public async Task DeactivateOnIdle_WhileCallsRunAndWait_LetsTheRunningEnd_AndOneOtherActivationServesTheRest()
    {
        var (grain, gate) = (_host.Get<ITurnGrain>(_key), Gate.NewName());
        var ending = grain.EndAsync(gate);
        await Gate.Named(gate).ReachedAsync();
        var waiting = Enumerable.Range(0, 20).Select(_ => grain.PassAsync(gate)).ToArray();
        Gate.Named(gate).Open();
        Assert.Equal(1, await ending.Soon());
        Assert.Equal(Enumerable.Range(1, 20), (await Task.WhenAll(waiting).Soon()).Order());
    }

    [Theory]
    [InlineData("ctor", 1)]
    [InlineData("activate", 2)]
    public async Task Activation_WhenItFails_FailsItsCallers_AndIsTriedAnewLater(string place, int steps)
    {
        var grain = _host.Get<ILifeGrain>(place + _key);
        var errors = await Task.WhenAll(Enumerable.Range(0, 5).Select(async _ => await Assert.ThrowsAnyAsync<Exception>(() => grain.TouchAsync().Soon())));

        // What a constructor throws is the inner error.
        Assert.All(errors, error => Assert.Equal(place, Assert.IsType<InvalidTimeZoneException>(place == "ctor" ? error.InnerException : error).Message));
        Assert.True(place != "ctor" || errors.All(static error => error is InvalidOperationException));

        // An engine may put off the next attempt for some seconds; until then callers share the fate of the first ones.
        await Eventually.IsTrueAsync(
            async () =>
            {
                _host.Time.Advance(TimeSpan.FromSeconds(1));
                await Assert.ThrowsAnyAsync<Exception>(() => grain.TouchAsync().Soon());
                return LifeGrain.Stories[place + _key].Count >= 2 * steps;
            },
            "another attempt");
        Assert.DoesNotContain(LifeGrain.Stories[place + _key], static step => step.StartsWith("deactivated", StringComparison.Ordinal));
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
            async () =>
            {
                _host.Time.Advance(TimeSpan.FromSeconds(1));
                return await Task.WhenAny(grain.TouchAsync().Soon()) is { IsCompletedSuccessfully: true };
            },
            "another activation serves");
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
    public async Task Activation_WhenItEnds_DisposesTheGrain_AfterItsDeactivation()
    {
        var grain = _host.Get<ILifeGrain>(_key);
        await grain.TouchAsync().Soon();
        await grain.EndAsync().Soon();
        await grain.TouchAsync().Soon();
        await Eventually.IsTrueAsync(() => LifeGrain.Disposed.GetValueOrDefault(_key) == 3, "the grain is disposed when it has been deactivated");
    }

    [Fact]
    public async Task Stop_FinishesWhatRuns_AndDeactivatesAll()
    {
        var (grain, other, gate) = (_host.Get<ILifeGrain>(_key), _host.Get<ILifeGrain>("other" + _key), Gate.NewName());
        await other.TouchAsync().Soon();
        var running = grain.PassAsync(gate);
        await Gate.Named(gate).ReachedAsync();
        var stopping = _host.StopAsync();
        await Eventually.IsTrueAsync(() => LifeGrain.Stories["other" + _key].Contains("deactivated ShuttingDown in time"), "the other grain ends");
        Assert.False(stopping.IsCompleted);

        Gate.Named(gate).Open();
        await running.Soon();
        await stopping.Soon();
        Assert.Contains("deactivated ShuttingDown in time", LifeGrain.Stories[_key]);
    }
}
