using System.Net;
using Headgate.Gateway.Limits;
using Headgate.Gateway.Tests.Support;

namespace Headgate.Gateway.Tests.Limits;

public sealed class UnknownNameLimiterTests
{
    private static readonly SourceKey s_one = SourceKey.Of(IPAddress.Parse("192.0.2.1"));
    private static readonly SourceKey s_two = SourceKey.Of(IPAddress.Parse("192.0.2.2"));

    [Fact]
    public void TryTake_WhenTokensAreLeft_RefillsWithTime()
    {
        var time = new ManualTimeProvider();
        var limiter = new UnknownNameLimiter(60, 3, time);
        Assert.Equal([true, true, true], Take(limiter, 3));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([true, true], Take(limiter, 2));
        Assert.True(limiter.TryTake(s_two));
        Assert.Equal(0, limiter.HeldOff);
    }

    [Fact]
    public void TryTake_WhenASourceGoesOn_LetsOneThroughBehindEachHoldOffOfTwiceTheLength()
    {
        var time = new ManualTimeProvider();
        var limiter = new UnknownNameLimiter(60, 3, time);
        Assert.Equal([true, true, true, false, false], Take(limiter, 5));
        Assert.Equal(1, limiter.HeldOff);
        foreach (var seconds in (int[])[1, 2, 4, 8, 16, 32, 60, 60])
        {
            time.Advance(TimeSpan.FromSeconds(seconds - 0.1));
            Assert.Equal([false, false], Take(limiter, 2));
            Assert.True(limiter.IsHeldOff(s_one));
            time.Advance(TimeSpan.FromSeconds(0.2));
            Assert.False(limiter.IsHeldOff(s_one));
            Assert.Equal([true, false], Take(limiter, 2));
            Assert.True(limiter.TryTake(s_two));
        }
    }

    [Fact]
    public void TryTake_WhenTheSourceWasQuietLongEnough_BeginsAnew()
    {
        var time = new ManualTimeProvider();
        var limiter = new UnknownNameLimiter(60, 3, time);
        Take(limiter, 4);
        time.Advance(UnknownNameLimiter.FirstHoldOff + UnknownNameLimiter.ForgivenAfter);
        Assert.Equal([true, true, true, false], Take(limiter, 4));
    }

    [Fact]
    public void GiveBack_WhenANeighboursNameLedSomewhere_DoesNotLengthenTheHoldOff()
    {
        var time = new ManualTimeProvider();
        var limiter = new UnknownNameLimiter(60, 1, time);
        Take(limiter, 2);
        time.Advance(UnknownNameLimiter.FirstHoldOff);
        for (var i = 0; i < 20; i++)
        {
            Assert.True(limiter.TryTake(s_one));
            limiter.GiveBack(s_one);
        }

        Assert.True(limiter.TryTake(s_one));
        time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(limiter.TryTake(s_one));
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(limiter.TryTake(s_one));
    }

    [Fact]
    public void TryTake_WhenTheSourceIsExempt_NeverRefuses()
    {
        var limiter = new UnknownNameLimiter(60, 1, new ManualTimeProvider(), SourceNetworks.Of(["192.0.2.1"]));
        Assert.All(Take(limiter, 100), Assert.True);
        Assert.Equal(0, limiter.Sources);
        Assert.True(limiter.TryTake(s_two));
        Assert.False(limiter.TryTake(s_two));
    }

    [Fact]
    public void TryTake_WhenNearlyAllThatItHoldsAreHeldOff_DoesNotLookAtAllForEachNewSource()
    {
        var limiter = new UnknownNameLimiter(60, 1, new ManualTimeProvider());
        for (var i = 0U; i < UnknownNameLimiter.MaxSources; i++)
        {
            limiter.TryTake(new SourceKey(false, i));
            limiter.TryTake(new SourceKey(false, i));
        }

        Assert.True(limiter.TryTake(new SourceKey(true, 1)));
        Assert.InRange(limiter.Sources, 1, UnknownNameLimiter.MaxSources / 2);
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

    private static bool[] Take(UnknownNameLimiter limiter, int times) => [.. Enumerable.Range(0, times).Select(_ => limiter.TryTake(s_one))];
}
