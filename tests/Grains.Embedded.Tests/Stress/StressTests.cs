using Headgate.Grains.Embedded.Tests.Support;
using Orleans.Configuration;

namespace Headgate.Grains.Embedded.Tests.Stress;

public sealed class StressTests
{
    // The long form is `bench/grains/run --stress`.
    private const int Calls = 500_000;

    [Fact]
    public async Task ManyCallers_OverActivationsThatComeAndGo_NeverMeetInOne_AndLeaveNothingBehind()
    {
        await using var host = await TestHost.StartAsync(static silo => silo.Configure<GrainCollectionOptions>(StressRun.Collection), TimeProvider.System);
        var run = new StressRun(host.Client, Calls, Keys: 1_000);
        await run.RunAsync();
        await host.StopAsync();
        Assert.Empty(run.Faults());
        TestContext.Current.SendDiagnosticMessage(run.ToString());
    }
}
