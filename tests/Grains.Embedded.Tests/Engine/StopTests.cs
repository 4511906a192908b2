using Headgate.Grains.Embedded.Tests.Lifecycle;
using Headgate.Grains.Embedded.Tests.Support;

namespace Headgate.Grains.Embedded.Tests.Engine;

/// <summary>What this engine does when its host stops, beyond what the programming model promises.</summary>
public sealed class StopTests : IAsyncLifetime
{
    private readonly string _key = Gate.NewName();
    private TestHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await TestHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Stop_ServesWhatWaits_AndRefusesWhatComesLater()
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
