using Headgate.Portal.Provider.Gateways;

namespace Headgate.Portal.Tests.Gateways;

public sealed class ThroughputTests
{
    private const long KiB = 1024;

    private readonly GatewayTraffic _traffic = new();
    private readonly TrafficSeries _all = new();
    private DateTimeOffset _now = Some.Now;

    [Fact]
    public void Now_WhenLoadsRise_DividesByTheTimeBetweenHeartbeats()
    {
        Hear(0, Some.Load(up: 1000 * KiB, down: 0));
        Assert.Equal(TrafficRate.None, _traffic.Now(_now));
        Hear(2, Some.Load(up: 1020 * KiB, down: 6 * KiB));
        // Read late: the time between heartbeats counts, not that between reads.
        _now += TimeSpan.FromSeconds(3);
        Assert.Equal(new TrafficRate(10 * KiB, 3 * KiB), _traffic.Now(_now));
    }

    [Fact]
    public void Observe_WhenTheSameHeartbeatIsReadAgain_CountsNothingTwice()
    {
        Hear(0, Some.Load(up: 0));
        Hear(1, Some.Load(up: 10 * KiB));
        Hear(0, Some.Load(up: 10 * KiB));
        Assert.Equal(10 * KiB, _traffic.Now(_now).Up);
    }

    [Fact]
    public void Observe_WhenTheProcessIsNew_CountsFromNothing()
    {
        Hear(0, Some.Load(up: 5000 * KiB, epoch: 1));
        Hear(2, Some.Load(up: 8 * KiB, down: 2 * KiB, epoch: 2));
        Assert.Equal(new TrafficRate(4 * KiB, 1 * KiB), _traffic.Now(_now));
    }

    [Fact]
    public void Observe_WhenACountFellWithoutANewProcess_SaysNothingAndGoesOnFromThere()
    {
        Hear(0, Some.Load(up: 5000 * KiB));
        Hear(1, Some.Load(up: 10 * KiB));
        Assert.Equal(TrafficRate.None, _traffic.Now(_now));
        Hear(1, Some.Load(up: 17 * KiB));
        Assert.Equal(7 * KiB, _traffic.Now(_now).Up);
    }

    [Fact]
    public void Now_WhenUnheard_IsNothing()
    {
        Hear(0, Some.Load());
        Hear(1, Some.Load(up: KiB));
        _now += TimeSpan.FromSeconds(11);
        Assert.Equal(TrafficRate.None, _traffic.Now(_now));
    }

    [Fact]
    public void Read_WhenHeartbeatsWereAwayForAMinute_SpreadsWhatWasMovedOverIt()
    {
        Hear(0, Some.Load());
        Hear(60, Some.Load(up: 600 * KiB));
        _now += TimeSpan.FromSeconds(10);
        var rates = _traffic.Series.Read(_now).Where(rate => rate is { IsKnown: true, Up: > 0 }).ToArray();
        Assert.Equal(12, rates.Length);
        Assert.All(rates, rate => Assert.Equal(10 * KiB, rate.Up, 3));
        _all.Begin(Some.Now);
        Assert.Equal(_traffic.Series.Read(_now), _all.Read(_now));
    }

    [Fact]
    public void Read_WhenTimePasses_ForgetsWhatIsOlderThanTenMinutesAndKnowsWhenItBegan()
    {
        Hear(0, Some.Load());
        Hear(5, Some.Load(up: 100 * KiB));
        _now += TimeSpan.FromSeconds(10);
        var early = _traffic.Series.Read(_now);
        Assert.Equal(TrafficSeries.Steps, early.Length);
        Assert.False(early[0].IsKnown);
        Assert.Contains(early, rate => rate.Up > 0);
        _now += TimeSpan.FromMinutes(11);
        Assert.All(_traffic.Series.Read(_now), rate => Assert.Equal(TrafficRate.None, rate));
    }

    [Theory]
    [InlineData(0, 10 * 1024)]
    [InlineData(11 * 1024, 20 * 1024)]
    [InlineData(500 * 1024, 500 * 1024)]
    [InlineData(501 * 1024, 1024 * 1024)]
    [InlineData(3.0 * 1024 * 1024 * 1024, 5.0 * 1024 * 1024 * 1024)]
    public void Scale_HoldsThePeakInRoundSteps(double peak, double top) => Assert.Equal(top, ThroughputScale.Of(peak));

    [Fact]
    public void Scale_WhenThePeakFallsALittle_Stays()
    {
        var top = ThroughputScale.Of(900 * KiB);
        Assert.Equal(top, ThroughputScale.Next(top, 300 * KiB));
        Assert.Equal(ThroughputScale.Of(200 * KiB), ThroughputScale.Next(top, 200 * KiB));
        Assert.True(ThroughputScale.Next(top, 2 * top) >= 2 * top);
    }

    private void Hear(double secondsLater, GatewayLoad load, WantedState wanted = WantedState.Active)
    {
        _now += TimeSpan.FromSeconds(secondsLater);
        _traffic.Observe(Some.Heard(_now, load, wanted), _all);
    }
}
