using Headgate.Grains;
using Headgate.Silo.Grains;
using Headgate.Silo.Tests.Storage;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

/// <summary>A silo that was stopped for a while must not take everybody else for dead.</summary>
public sealed class SiloStartTests
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(500);

    [Fact]
    public void TrustedFor_WhileItRuns_Grows()
    {
        var time = new ManualClock();
        var start = new SiloStart(time);
        for (var i = 0; i < 20; i++)
        {
            Assert.Null(start.Tick());
            time.Advance(s_tick);
        }

        Assert.Equal(TimeSpan.FromSeconds(10), start.TrustedFor);
        Assert.Equal(time.GetUtcNow(), start.Steady);
    }

    [Fact]
    public void TrustedFor_AfterAPause_BeginsAnewForWhoeverAsksFirst()
    {
        var time = new ManualClock();
        var start = new SiloStart(time);
        start.Tick();
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(TimeSpan.Zero, start.TrustedFor);
        Assert.Equal(TimeSpan.FromSeconds(10), start.Tick());
        Assert.Null(start.Tick());
        time.Advance(s_tick);
        Assert.Equal(s_tick, start.TrustedFor);
    }

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    public void TrustedFor_WhenTheHostSleptOrItsClockWasSet_BeginsAnew(int seconds)
    {
        var time = new TwoClocks();
        var start = new SiloStart(time);
        var began = start.Steady;
        start.Tick();
        time.Pass(s_tick);
        time.Set(TimeSpan.FromSeconds(seconds));

        Assert.NotNull(start.Tick());

        Assert.Equal(TimeSpan.Zero, start.TrustedFor);
        Assert.Equal(s_tick, start.Steady - began);
    }

    [Fact]
    public async Task Lists_AfterAPauseOfTheSilo_HoldEverybodyAndAreStale()
    {
        await using var silo = await ReadyAsync();
        var before = await RankAsync(silo);

        // Nobody can be heard while the silo stands still.
        silo.Start.Tick();
        silo.Time.Advance(TimeSpan.FromSeconds(10));
        var after = await RankAsync(silo);
        await silo.HeardAsync("gtw1");
        silo.Time.Advance(TimeSpan.FromSeconds(1));
        var oneHeard = await RankAsync(silo);
        await TickAsync(silo, seconds: 10, "gtw1", "gtw2");
        var calm = await RankAsync(silo);

        Assert.Equal((false, 3), (before.Stale, before.Gateways.Length));
        Assert.Equal((true, 3), (after.Stale, after.Gateways.Length));
        Assert.Equal((true, 3), (oneHeard.Stale, oneHeard.Gateways.Length));
        Assert.Equal("gtw1", oneHeard.Gateways[0].Gateway);
        Assert.Equal((false, 2), (calm.Stale, calm.Gateways.Length));
    }

    [Fact]
    public async Task Lists_WhenMostFallSilentOneAfterTheOther_KeepTheFirstOfThemToo()
    {
        await using var silo = await ReadyAsync();
        await TickAsync(silo, seconds: 2, "gtw1", "gtw3");
        await TickAsync(silo, seconds: 3, "gtw1");
        var oneFell = await RankAsync(silo);
        await TickAsync(silo, seconds: 3, "gtw1");
        var twoFell = await RankAsync(silo);
        await TickAsync(silo, seconds: 60, "gtw1");
        var later = await RankAsync(silo);

        Assert.Equal((false, 2), (oneFell.Stale, oneFell.Gateways.Length));
        Assert.Equal((true, 3), (twoFell.Stale, twoFell.Gateways.Length));
        Assert.Equal((true, 3), (later.Stale, later.Gateways.Length));
        Assert.Equal("gtw1", later.Gateways[0].Gateway);
    }

    [Fact]
    public async Task Lists_WhenTheOnesOfTheLastListAreGone_AreNotEmptyInDoubt()
    {
        await using var silo = await ReadyAsync();
        await RankAsync(silo);
        foreach (var gateway in new[] { "gtw1", "gtw2", "gtw3" })
        {
            await silo.Gateway(gateway).RevokeAsync(default);
        }

        await silo.AddGatewayAsync("gtw4", 4);
        silo.Start.Tick();
        silo.Time.Advance(TimeSpan.FromSeconds(10));
        var list = await RankAsync(silo);

        Assert.Equal((true, "gtw4"), (list.Stale, Assert.Single(list.Gateways).Gateway));
    }

    [Fact]
    public async Task Runs_AfterAPauseOfTheSilo_AreNotLostForIt()
    {
        await using var silo = await ReadyAsync();
        var opened = await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);

        // An hour of a host that slept.
        silo.Start.Tick();
        silo.Time.Advance(TimeSpan.FromHours(1));
        await silo.Sweeper.SweepAsync(default);
        Assert.Equal(RunStatus.Running, (await silo.Job("acme", "nightly").GetAsync(default)).Runs[0].Status);

        // The repository has not been heard since either; that is no reason to turn runs away.
        Assert.Equal(opened.Run + 1, (await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default)).Run);

        // Silent for as long as that while the silo listened: dead.
        await TickAsync(silo, seconds: 26 * 60);
        await silo.Sweeper.SweepAsync(default);
        Assert.Equal(RunStatus.Lost, (await silo.Job("acme", "nightly").GetAsync(default)).Runs[0].Status);
    }

    private static async Task TickAsync(SiloWorld silo, int seconds, params string[] heard)
    {
        for (var i = 0; i < seconds; i++)
        {
            silo.Start.Tick();
            silo.Time.Advance(TimeSpan.FromSeconds(1));
            foreach (var gateway in heard)
            {
                await silo.HeardAsync(gateway);
            }
        }
    }

    private static async Task<RankedList> RankAsync(SiloWorld silo)
    {
        // Rankers keep a pool's snapshot for half a second.
        silo.Time.Advance(TimeSpan.FromMilliseconds(600));
        return await silo.Grains.GetGrain<IGatewayRanker>("default").RankAsync(new RankRequest("acme", 0, []), default);
    }

    private static async Task<SiloWorld> ReadyAsync()
    {
        var silo = await StartAsync();
        await (await silo.AddRepositoryAsync("rep1")).HeartbeatAsync(new RepositoryState("0.1.0", 1, 1000, 500), default);
        for (var i = 1; i <= 3; i++)
        {
            await silo.AddGatewayAsync($"gtw{i}", i);
        }

        await silo.AddTenantAsync("acme", "rep1", "laptop");
        return silo;
    }

    private sealed class TwoClocks : TimeProvider
    {
        private TimeSpan _passed;
        private TimeSpan _set;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero) + _passed + _set;

        public override long GetTimestamp() => _passed.Ticks;

        public void Pass(TimeSpan by) => _passed += by;

        public void Set(TimeSpan by) => _set += by;
    }
}
