using Headgate.Grains;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

/// <summary>A list's version: what changes it, how soon, and how a run that goes on hears of it.</summary>
public sealed class ListVersionTests
{
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Version_WhenOneFallsSilent_ChangesAfterFiveSecondsThoughNobodyAskedForAList()
    {
        await using var silo = await ReadyAsync();
        var pool = silo.Pool("default");
        var before = await pool.GetVersionAsync(default);
        silo.Time.Advance(s_silence);
        foreach (var gateway in new[] { "gtw1", "gtw2" })
        {
            await silo.HeardAsync(gateway);
        }
        Assert.Equal(before, await pool.GetVersionAsync(default));
        silo.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(await pool.GetVersionAsync(default) > before);
    }

    [Fact]
    public async Task List_WhenOneFallsSilent_LeavesItOutAfterFiveSecondsToTheMillisecond()
    {
        await using var silo = await ReadyAsync();
        silo.Time.Advance(s_silence);
        await silo.HeardAsync("gtw1");
        await silo.HeardAsync("gtw2");
        // The ranker keeps this snapshot, and may use it for half a second.
        var before = await ListAsync(silo);
        silo.Time.Advance(TimeSpan.FromMilliseconds(1));
        var after = await ListAsync(silo);
        Assert.Equal((3, 2), (before.Gateways.Length, after.Gateways.Length));
        Assert.True(after.Version > before.Version);
    }

    [Fact]
    public async Task List_WhenASilentOneIsHeard_HasItAtOnceAgain()
    {
        await using var silo = await ReadyAsync();
        silo.Time.Advance(TimeSpan.FromSeconds(6));
        await silo.HeardAsync("gtw1");
        await silo.HeardAsync("gtw2");
        var without = await ListAsync(silo);
        await silo.HeardAsync("gtw3");
        var with = await ListAsync(silo);
        Assert.Equal((2, 3), (without.Gateways.Length, with.Gateways.Length));
        Assert.True(with.Version > without.Version);
    }

    [Theory]
    [InlineData(WantedState.Draining)]
    [InlineData(WantedState.Disabled)]
    public async Task Version_WhenOneIsDrainedOrDisabled_ChangesAtOnce(WantedState wanted)
    {
        await using var silo = await ReadyAsync();
        var before = await silo.Pool("default").GetVersionAsync(default);
        await silo.Gateway("gtw2").ChangeAsync(new ChangeGateway(wanted, null, null, null, null, null, null), default);
        Assert.True(await silo.Pool("default").GetVersionAsync(default) > before);
    }

    [Fact]
    public async Task Version_WhenADoubtIsOver_ChangesForThoseItLeavesOut()
    {
        await using var silo = await ReadyAsync();
        var version = (await ListAsync(silo)).Version;
        // Two of three at once: kept for five minutes, then believed. Nobody reports anything new at that moment.
        for (var second = 0; second < 302; second++)
        {
            silo.Time.Advance(TimeSpan.FromSeconds(1));
            await silo.HeardAsync("gtw1");
        }
        var doubted = await ListAsync(silo);
        for (var second = 0; second < 5; second++)
        {
            silo.Time.Advance(TimeSpan.FromSeconds(1));
            await silo.HeardAsync("gtw1");
        }
        var believed = await ListAsync(silo);
        Assert.Equal((true, 3), (doubted.Stale, doubted.Gateways.Length));
        Assert.Equal((false, 1), (believed.Stale, believed.Gateways.Length));
        Assert.True(doubted.Version > version);
        Assert.True(believed.Version > doubted.Version);
    }

    [Fact]
    public async Task Version_WhileOnlyLoadsChange_Stays()
    {
        await using var silo = await ReadyAsync();
        var before = await silo.Pool("default").GetVersionAsync(default);
        for (var second = 1; second <= 20; second++)
        {
            silo.Time.Advance(TimeSpan.FromSeconds(1));
            foreach (var gateway in new[] { "gtw1", "gtw2", "gtw3" })
            {
                await silo.HeardAsync(gateway, active: second, accepted: second * 3);
            }
        }
        Assert.Equal(before, await silo.Pool("default").GetVersionAsync(default));
    }

    [Fact]
    public async Task Progress_OfARunThatGoesOn_BringsEachNewListOnce()
    {
        await using var silo = await ReadyAsync();
        await silo.AddRepositoryAsync("rep1");
        await silo.AddTenantAsync("acme", "rep1", "laptop");
        var opened = await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);
        var held = opened.Gateways.Version;
        Assert.Null(await ReportAsync());

        await silo.AddGatewayAsync("gtw4", 4);
        Assert.Contains(await HeardOfAsync(), gateway => gateway == "gtw4");
        await silo.Gateway("gtw1").ChangeAsync(new ChangeGateway(WantedState.Draining, null, null, null, null, null, null), default);
        Assert.DoesNotContain(await HeardOfAsync(), gateway => gateway == "gtw1");
        await silo.Gateway("gtw2").ChangeAsync(new ChangeGateway(WantedState.Disabled, null, null, null, null, null, null), default);
        Assert.Equal(["gtw3", "gtw4"], await HeardOfAsync());
        await silo.Gateway("gtw3").RevokeAsync(default);
        Assert.Equal(["gtw4"], await HeardOfAsync());

        async Task<RankedList?> ReportAsync() =>
            (await silo.Job("acme", "nightly").ReportProgressAsync(1, new RunProgress("laptop", 1, false, held, []), default)).Gateways;

        async Task<IEnumerable<string>> HeardOfAsync()
        {
            var list = await ReportAsync();
            Assert.NotNull(list);
            held = list.Version;
            Assert.Null(await ReportAsync());
            return list.Gateways.Select(place => place.Gateway).Order();
        }
    }

    private static Task<RankedList> ListAsync(SiloWorld silo) =>
        silo.Grains.GetGrain<IGatewayRanker>("default").RankAsync(new RankRequest("acme", 0, []), default);

    private static async Task<SiloWorld> ReadyAsync()
    {
        var silo = await StartAsync();
        for (var number = 1; number <= 3; number++)
        {
            await silo.AddGatewayAsync($"gtw{number}", number);
        }
        return silo;
    }
}
