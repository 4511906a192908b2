using System.Net;
using Headgate.Gateway.Limits;
using Headgate.Gateway.Tests.Support;

namespace Headgate.Gateway.Tests.Limits;

public sealed class UnknownNameLimiterTests
{
    private static readonly SourceKey s_one = SourceKey.Of(IPAddress.Parse("192.0.2.1"));
    private static readonly SourceKey s_two = SourceKey.Of(IPAddress.Parse("192.0.2.2"));

    [Fact]
    public void TryTake_WhenASourceSpentItsBurst_RefusesItUntilTimeGivesSomeBack()
    {
        var time = new ManualTimeProvider();
        var limiter = new UnknownNameLimiter(60, 3, time);
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => limiter.TryTake(s_one)));
        Assert.True(limiter.TryTake(s_two));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([true, true, false], Enumerable.Range(0, 3).Select(_ => limiter.TryTake(s_one)));
    }

    [Fact]
    public void GiveBack_WhenTheNameLedSomewhere_CostsNothing()
    {
        var limiter = new UnknownNameLimiter(60, 1, new ManualTimeProvider());
        for (var i = 0; i < 10; i++)
        {
            Assert.True(limiter.TryTake(s_one));
            limiter.GiveBack(s_one);
        }
    }

    [Fact]
    public void TryTake_WhenMoreSourcesComeThanItHolds_StaysBounded()
    {
        var limiter = new UnknownNameLimiter(60, 2, new ManualTimeProvider());
        for (var i = 0U; i < UnknownNameLimiter.MaxSources + 1000; i++)
        {
            Assert.True(limiter.TryTake(new SourceKey(true, i)));
            Assert.True(limiter.Sources <= UnknownNameLimiter.MaxSources);
        }
    }
}
