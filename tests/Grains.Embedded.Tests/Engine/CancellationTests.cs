using Headgate.Grains.Embedded.Tests.Calls;
using Headgate.Grains.Embedded.Tests.Support;

namespace Headgate.Grains.Embedded.Tests.Engine;

public sealed class CancellationTests
{
    [Fact]
    public async Task Call_WhenCancelledWhileItWaits_NeverStarts()
    {
        await using var host = await TestHost.StartAsync();
        using var cancel = new CancellationTokenSource();
        var (grain, gate, late) = (host.Get<ITurnGrain>("a"), Gate.NewName(), Gate.NewName());
        var first = grain.PassAsync(gate);
        await Gate.Named(gate).ReachedAsync();
        var waiting = grain.PassAsync(late, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Soon());

        Gate.Named(gate).Open();
        await first.Soon();
        Assert.Equal(2, await grain.PassAsync(gate).Soon());
        Assert.False(Gate.Named(late).IsReached);
    }
}
