using Headgate.Grains.Embedded.Tests.Support;
using Orleans.Storage;

namespace Headgate.Grains.Embedded.Tests.Storage;

public interface ICounterGrain : IGrainWithStringKey
{
    Task<int> AddAsync(int by);

    Task<int> CountAsync();

    Task<bool> ExistsAsync();

    Task ClearAsync();

    Task EndAsync();

    Task<string> LeaveTurnAsync();

    Task<int> AskOtherAsync(string key);

    Task<int> SurviveAsync();
}

public sealed class CounterGrain([PersistentState("counter", "memory")] IPersistentState<CounterState> state) : Grain, ICounterGrain
{
    private int _atActivation = -1;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _atActivation = state.State.Count;
        return Task.CompletedTask;
    }

    public async Task<int> AddAsync(int by)
    {
        state.State.Count += by;
        await state.WriteStateAsync();
        return state.State.Count;
    }

    public Task<int> CountAsync() => Task.FromResult(_atActivation);

    public Task<bool> ExistsAsync() => Task.FromResult(state.RecordExists && state.Etag is not null);

    public Task ClearAsync() => state.ClearStateAsync();

    public Task EndAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task<string> LeaveTurnAsync() => await Task.Run(() =>
    {
        try
        {
            return state.State.Count.ToString();
        }
        catch (InvalidOperationException)
        {
            return "refused";
        }
    });

    public Task<int> AskOtherAsync(string key) => GrainFactory.GetGrain<ICounterGrain>(key).AddAsync(1);

    public async Task<int> SurviveAsync()
    {
        try
        {
            return await AddAsync(1);
        }
        catch (InconsistentStateException)
        {
            await state.ReadStateAsync();
            return -state.State.Count;
        }
    }
}

public interface IUnnamedStorageGrain : IGrainWithStringKey
{
    Task SetAsync(int count);
}

public sealed class UnnamedStorageGrain([PersistentState("unnamed")] IPersistentState<CounterState> state) : Grain, IUnnamedStorageGrain
{
    public Task SetAsync(int count)
    {
        state.State.Count = count;
        return state.WriteStateAsync();
    }
}

public sealed class StateTests : IAsyncLifetime
{
    private TestHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await TestHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task State_IsReadBeforeActivation()
    {
        var grain = _host.Get<ICounterGrain>("c");
        Assert.False(await grain.ExistsAsync().Soon());
        Assert.Equal(5, await grain.AddAsync(5).Soon());
        Assert.True(await grain.ExistsAsync().Soon());
        Assert.Equal("5", _host.Storage.Stored("counter/c"));
        await grain.EndAsync().Soon();
        Assert.Equal(5, await grain.CountAsync().Soon());

        await grain.ClearAsync().Soon();
        Assert.False(await grain.ExistsAsync().Soon());
        Assert.Null(_host.Storage.Stored("counter/c"));
    }

    [Fact]
    public async Task Write_WhenStorageFails_IsAnOrleansException_WithTheErrorInside()
    {
        var grain = _host.Get<ICounterGrain>("c");
        await grain.AddAsync(1).Soon();
        _host.Storage.NextFault = new IOException("disk full");
        var error = await Assert.ThrowsAsync<OrleansException>(() => grain.AddAsync(1).Soon());
        Assert.Equal("disk full", Assert.IsType<IOException>(error.InnerException).Message);
        Assert.Contains("counter", error.Message);
        Assert.Equal(3, await grain.AddAsync(1).Soon());
    }

    [Fact]
    public async Task Read_WhenStorageFails_FailsTheActivation_AndTheNextCallReadsAnew()
    {
        _host.Storage.NextFault = new IOException("gone");
        var error = await Assert.ThrowsAsync<OrleansException>(() => _host.Get<ICounterGrain>("c").CountAsync().Soon());
        Assert.IsType<IOException>(error.InnerException);
        Assert.Equal(0, await _host.Get<ICounterGrain>("c").CountAsync().Soon());
    }

    [Fact]
    public async Task LostRace_PassesAsItself_AndEndsTheActivation()
    {
        var grain = _host.Get<ICounterGrain>("c");
        await grain.AddAsync(1).Soon();
        _host.Storage.Touch("counter/c");
        var error = await Assert.ThrowsAsync<InconsistentStateException>(() => grain.AddAsync(10).Soon());
        Assert.Equal(("2", "1"), (error.StoredEtag, error.CurrentEtag));
        Assert.Equal(1, await grain.CountAsync().Soon());
        Assert.Equal(2, await grain.AddAsync(1).Soon());
    }

    [Fact]
    public async Task LostRace_OfAnotherGrain_DoesNotEndTheCaller()
    {
        var (caller, other) = (_host.Get<ICounterGrain>("caller"), _host.Get<ICounterGrain>("other"));
        await caller.AddAsync(3).Soon();
        await other.AddAsync(1).Soon();
        _host.Storage.Touch("counter/other");
        await Assert.ThrowsAsync<InconsistentStateException>(() => caller.AskOtherAsync("other").Soon());
        Assert.Equal(0, await caller.CountAsync().Soon());
    }

    [Fact]
    public async Task LostRace_ThatTheGrainHandles_DoesNotEndIt()
    {
        var grain = _host.Get<ICounterGrain>("c");
        await grain.AddAsync(4).Soon();
        _host.Storage.Touch("counter/c");
        Assert.Equal(-4, await grain.SurviveAsync().Soon());
        Assert.Equal(0, await grain.CountAsync().Soon());
    }

    [Fact]
    public async Task State_WithoutAStorageName_IsKeptInTheStorageWithoutAKey()
    {
        await _host.Get<IUnnamedStorageGrain>("u").SetAsync(6).Soon();
        Assert.Equal("6", _host.Unkeyed.Stored("unnamedstorage/u"));
        Assert.Null(_host.Storage.Stored("unnamedstorage/u"));
    }

    [Fact]
    public async Task State_OutsideOfTheGrainsTurns_IsRefused() => Assert.Equal("refused", await _host.Get<ICounterGrain>("c").LeaveTurnAsync().Soon());
}
