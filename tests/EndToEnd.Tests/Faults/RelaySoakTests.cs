namespace Headgate.EndToEnd.Tests.Faults;

/// <summary>A gateway under mixed load, strangers' included. <c>bench/relay/soak</c> is the long form: the same code for half an hour.</summary>
public sealed class RelaySoakTests
{
    [Fact]
    public async Task Soak_WhenStrangersAndTenantsShareAGateway_EveryStreamIsWholeAndEverySocketGivenBack()
    {
        var soak = await Tool.RunAsync(
            Path.Combine(Programs.Root, "bench", "relay", "soak"),
            ["--no-build", "--configuration", Programs.Configuration, "--minutes", "0.2"],
            Tool.SystemPath);
        Assert.Contains("after: given back", soak.Succeeded().Output, StringComparison.Ordinal);
    }
}
