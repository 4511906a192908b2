using Headgate.Connector.Failover;

namespace Headgate.Connector.Tests.Failover;

public sealed class RetryPolicyTests
{
    [Theory]
    [InlineData(0.0, 480)]
    [InlineData(0.5, 600)]
    [InlineData(1.0, 720)]
    public void TryTake_SpreadsTheWaitByAFifth(double random, double seconds)
    {
        var policy = new RetryPolicy(1, TimeSpan.FromMinutes(10), () => random);
        Assert.True(policy.TryTake(out var pause));
        Assert.Equal(seconds, pause.TotalSeconds, 3);
    }

    [Fact]
    public void TryTake_WhenUsedUp_SaysNo()
    {
        var policy = new RetryPolicy(2, TimeSpan.FromSeconds(1), () => 0.5);
        Assert.True(policy.TryTake(out _));
        Assert.True(policy.TryTake(out _));
        Assert.False(policy.TryTake(out _));
        Assert.Equal(2, policy.Used);
    }
}
