using Headgate.Grains;

namespace Headgate.Portal.Tests.Text;

public sealed class GapWordsTests
{
    [Theory]
    [InlineData(0, 0, 0, null)]
    [InlineData(1, 310, 310, "once; 0.31 s without a connection")]
    [InlineData(2, 2010, 1700, "2 times; 2.01 s without a connection, 1.7 s at the longest")]
    [InlineData(1200, 754_000, 601_000, "1,200 times; 12 min without a connection, 10 min at the longest")]
    public void Of_Gaps_SaysHowOftenAndHowLong(int resumes, long total, long longest, string? expected) =>
        Assert.Equal(expected, GapWords.Of(new StreamGaps(resumes, total, longest)));

    [Fact]
    public void Throughput_OfAnAttempt_IsWhatItMovedOverItsTime()
    {
        var start = new DateTimeOffset(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);
        var attempt = new AttemptInfo(1, start, start.AddSeconds(10), 0, null, [new PathStep("gtw1", 5, 10 << 20, 0), new PathStep("gtw2", 5, 0, 10 << 20)]);
        Assert.Equal("2 MiB/s", Throughputs.Of(attempt, start));
        Assert.Equal("1 MiB/s", Throughputs.Of(attempt with { Ended = null }, start.AddSeconds(20)));
        Assert.Null(Throughputs.Of(attempt with { Path = [] }, start));
        Assert.Null(Throughputs.Of(attempt with { Ended = start }, start));
    }
}
