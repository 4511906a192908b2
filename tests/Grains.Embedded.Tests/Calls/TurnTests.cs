using Headgate.Grains.Embedded.Tests.Support;

namespace Headgate.Grains.Embedded.Tests.Calls;

public sealed class TurnTests : IAsyncLifetime
{
    private readonly string _gate = Gate.NewName();
    private TestHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await TestHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Call_WhenAnotherAwaits_WaitsForItsEnd()
    {
        var grain = _host.Get<ITurnGrain>("a");
        var first = grain.PassAsync(_gate);
        await Gate.Named(_gate).ReachedAsync();
        var second = grain.PassAsync(_gate);
        Assert.Equal(1, await grain.RunningAsync().Soon());
        Assert.False(Gate.Named(_gate).IsReached);

        Gate.Named(_gate).Open();
        Assert.Equal(new[] { 1, 2 }, await Task.WhenAll(first, second).Soon());
    }

    [Fact]
    public async Task Call_WhenMadeThroughManyReferences_ReachesOneActivation()
    {
        Gate.Named(_gate).Open();
        var calls = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => _host.Get<ITurnGrain>("one").PassAsync(_gate)))).Soon();
        Assert.Equal(Enumerable.Range(1, 100), calls.Order());
    }

    [Fact]
    public async Task Call_WhenSeveralAreTheFirstAtTheSameMoment_ReachesOneActivation()
    {
        const int Callers = 2;
        const int Keys = 3000;
        Gate.Named(_gate).Open();
        var arrived = 0;
        var calls = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Factory.StartNew(
            () => Enumerable.Range(0, Keys).Select(key =>
            {
                var grain = _host.Get<ITurnGrain>($"first{key}");
                Interlocked.Increment(ref arrived);
                while (Volatile.Read(ref arrived) < (key + 1) * Callers)
                {
                    // Spinning, so that they go on within some nanoseconds of each other.
                    Thread.SpinWait(1);
                }

                return grain.PassAsync(_gate);
            }).ToArray(),
            TaskCreationOptions.LongRunning))).Soon();
        for (var key = 0; key < Keys; key++)
        {
            Assert.Equal(Enumerable.Range(1, Callers), (await Task.WhenAll(calls.Select(of => of[key])).Soon()).Order());
        }
    }

    [Fact]
    public async Task Call_WhenToAnotherKey_ReachesAnotherActivation()
    {
        Gate.Named(_gate).Open();
        Assert.Equal(1, await _host.Get<ITurnGrain>("x").PassAsync(_gate).Soon());
        Assert.Equal(1, await _host.Get<ITurnGrain>("y").PassAsync(_gate).Soon());
        Assert.Equal("y", await _host.Get<ITurnGrain>("y").KeyAsync());
        await _host.Get<ITurnGrain>("y").TouchAsync();
        Assert.Equal(3, await _host.Get<ITurnGrain>("y").PassAsync(_gate).Soon());
    }

    [Theory]
    [InlineData("key", "Key")]
    [InlineData("a/b", "a")]
    [InlineData("ü b+c|{}%2f\"", "ü b+c|{}/\"")]
    public async Task Keys_AreComparedOrdinally_AndArriveAsTheyAre(string key, string other)
    {
        await _host.Get<IFrontGrain>(key).PutAsync(key).Soon();
        Assert.Null(await _host.Get<IBackGrain>(other).TakeAsync().Soon());
        Assert.Equal(key, await _host.Get<ITurnGrain>(key).KeyAsync());
    }

    [Fact]
    public async Task Call_ThroughAnotherInterfaceOfTheGrain_ReachesTheSameActivation()
    {
        await _host.Get<IFrontGrain>("two").PutAsync("text").Soon();
        Assert.Equal("text", await _host.Get<IBackGrain>("two").TakeAsync().Soon());
        await _host.Get<IFrontGrain>("two").PutAsync(null).Soon();
        Assert.Null(await _host.Get<IBackGrain>("two").TakeAsync().Soon());
    }

    [Fact]
    public async Task Await_InsideAGrain_StaysOnItsScheduler() => Assert.True(await _host.Get<ITurnGrain>("a").AwaitAsync().Soon());

    [Fact]
    public async Task Call_WhenGrainIsReentrant_RunsBesideOthers()
    {
        var grain = _host.Get<IReentrantTurnGrain>("a");
        var calls = new[] { grain.PassAsync(_gate), grain.PassAsync(_gate) };
        await Gate.Named(_gate).ReachedAsync();
        await Gate.Named(_gate).ReachedAsync();
        Gate.Named(_gate).Open();
        await Task.WhenAll(calls).Soon();
    }

    [Fact]
    public async Task ReadOnlyCalls_RunBesideEachOther_ButNotBesideAWrite()
    {
        // Whether a read may overtake a write that waits is the engine's own choice.
        var (grain, write, later) = (_host.Get<ITurnGrain>("a"), Gate.NewName(), Gate.NewName());
        var reads = new[] { grain.ReadAsync(_gate), grain.ReadAsync(_gate) };
        await Gate.Named(_gate).ReachedAsync();
        await Gate.Named(_gate).ReachedAsync();
        var writing = grain.PassAsync(write);
        Assert.Equal(2, await grain.RunningAsync().Soon());
        Assert.False(Gate.Named(write).IsReached);

        Gate.Named(_gate).Open();
        await Task.WhenAll(reads).Soon();
        await Gate.Named(write).ReachedAsync();
        var laterRead = grain.ReadAsync(later);
        Assert.Equal(1, await grain.RunningAsync().Soon());
        Assert.False(Gate.Named(later).IsReached);

        Gate.Named(write).Open();
        Gate.Named(later).Open();
        await Task.WhenAll(writing, laterRead).Soon();
    }

    [Fact]
    public async Task ReentrantCalls_StillRunOneTurnAtATime()
    {
        Gate.Named(_gate).Open();
        var grain = _host.Get<IReentrantTurnGrain>("b");
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => grain.MeetAsync(20)))).Soon(), static met => Assert.False(met));
    }

    [Fact]
    public async Task Worker_WhenBusy_GetsHelpUpToItsLimit()
    {
        var worker = _host.Get<IWorkerGrain>("w");
        var calls = Enumerable.Range(0, 4).Select(_ => worker.PassAsync(_gate)).ToArray();
        for (var i = 0; i < 3; i++)
        {
            await Gate.Named(_gate).ReachedAsync();
        }

        Assert.False(Gate.Named(_gate).IsReached);
        Gate.Named(_gate).Open();
        Assert.Equal(3, (await Task.WhenAll(calls).Soon()).Distinct().Count());
    }

    [Fact]
    public async Task Chain_OfManyGrains_Answers() =>
        Assert.Equal(50, await _host.Get<ITurnGrain>("start").ForwardAsync([.. Enumerable.Range(0, 50).Select(i => $"k{i}")]).Soon());

    [Theory]
    [InlineData("")]
    [InlineData("  \t")]
    public void GetGrain_WhenKeyIsBlank_IsRefused(string key) => Assert.Throws<ArgumentException>(() => _host.Get<ITurnGrain>(key));

    [Fact]
    public async Task GetGrain_WhenSeveralClassesFit_NeedsAPrefix()
    {
        Assert.Throws<ArgumentException>(() => _host.Get<IChoiceGrain>("a"));
        Assert.Throws<ArgumentException>(() => _host.Get<INobodysGrain>("a"));
        Assert.Equal("second", await _host.Client.GetGrain<IChoiceGrain>("a", typeof(SecondChoiceGrain).FullName).NameAsync().Soon());
    }

    [Fact]
    public async Task Call_OfAnInternalInterface_WithAnExplicitMethod_Arrives()
    {
        Assert.Equal(11, await _host.Get<IHiddenGrain>("h").CountAsync(10).Soon());
        Assert.Equal(12, await _host.Get<IHiddenGrain>("h").CountAsync(10).Soon());
    }

    [Fact]
    public void Reference_TellsItsKey()
    {
        Assert.Equal("k", _host.Get<ITurnGrain>("k").GetPrimaryKeyString());
        Assert.Equal(GrainId.Create("turn", "k"), _host.Get<ITurnGrain>("k").GetGrainId());
        Assert.Equal(_host.Get<ITurnGrain>("k"), _host.Get<ITurnGrain>("k"));
    }
}
