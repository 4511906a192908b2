using System.Collections.Immutable;
using Headgate.Grains;
using Headgate.Silo.Grains.Gateways;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

/// <summary>What repositories say of gateways' loads, against what those say of themselves.</summary>
public sealed class HeldLoadsTests
{
    private static readonly DateTimeOffset s_now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly HeldLoads _held = new();

    [Theory]
    // Within what may come and go between two heartbeats, and a fifth.
    [InlineData(100, 130, 0)]
    [InlineData(100, 131, 131)]
    [InlineData(0, 10, 0)]
    [InlineData(0, 11, 11)]
    // More than its own word that it has, and less: the word holds.
    [InlineData(100, 90, 0)]
    [InlineData(500, 0, 0)]
    // At most three times the pool's median, 100.
    [InlineData(0, 300, 300)]
    [InlineData(0, 1_000_000, 300)]
    [InlineData(290, 1_000_000, 300)]
    [InlineData(310, 1_000_000, 0)]
    public void Judge_OfOneRepositorysWord_CountsWhatIsClearlyMoreAndNotTooMuch(long own, int said, long expected)
    {
        _held.Note("rep1", [new HeldCount("gtw0", said)], s_now);
        Assert.Equal(expected, _held.Judge(Pool(own, 100, 100, 100), s_now).GetValueOrDefault("gtw0"));
    }

    [Fact]
    public void Judge_OfSeveralRepositories_AddsThemUp()
    {
        foreach (var repository in new[] { "rep1", "rep2", "rep3" })
        {
            _held.Note(repository, [new HeldCount("gtw0", 40), new HeldCount("gtw1", 30)], s_now);
        }
        // Of gtw1 they hold 90, and it says 100: it has connections to the silo besides.
        Assert.Equal([KeyValuePair.Create("gtw0", 120L)], _held.Judge(Pool(0, 100, 100), s_now));
    }

    [Fact]
    public void Judge_WhenARepositorySaysAnotherNumberOrNothing_ForgetsTheOldOne()
    {
        _held.Note("rep1", [new HeldCount("gtw0", 200)], s_now);
        _held.Note("rep1", [new HeldCount("gtw0", 150)], s_now.AddSeconds(2));
        Assert.Equal(150, _held.Judge(Pool(0, 100, 100), s_now.AddSeconds(2))["gtw0"]);
        _held.Note("rep1", [], s_now.AddSeconds(4));
        Assert.Empty(_held.Judge(Pool(0, 100, 100), s_now.AddSeconds(4)));
    }

    [Fact]
    public void Judge_WhenARepositoryFellSilent_ForgetsItsWord()
    {
        _held.Note("rep1", [new HeldCount("gtw0", 200)], s_now);
        Assert.Equal(200, _held.Judge(Pool(0, 100, 100), s_now + HeldLoads.Fresh)["gtw0"]);
        Assert.Empty(_held.Judge(Pool(0, 100, 100), s_now + HeldLoads.Fresh + TimeSpan.FromMilliseconds(1)));
        Assert.Empty(_held.Judge(Pool(0, 100, 100), s_now));
    }

    [Fact]
    public void Judge_InAnIdlePool_StillPutsABusyOneBehind()
    {
        _held.Note("rep1", [new HeldCount("gtw0", 5000)], s_now);
        Assert.Equal(30, _held.Judge(Pool(0, 0, 0), s_now)["gtw0"]);
    }

    [Fact]
    public void Judge_WhenOneGatewaySaysThatItHasMillions_IsNotMovedByIt()
    {
        _held.Note("rep1", [new HeldCount("gtw0", 1_000_000)], s_now);
        Assert.Equal(300, _held.Judge(Pool(0, 1_000_000_000, 100, 90, 110), s_now)["gtw0"]);
    }

    [Fact]
    public async Task List_WhenAGatewaySaysLessThanItHas_GoesByWhatRepositoriesHold()
    {
        await using var silo = await ReadyAsync();
        Assert.Equal("gtw1", (await ListAsync(silo)).Gateways[0].Gateway);

        await silo.Pool("default").NoteHeldAsync("rep1", [new HeldCount("gtw1", 60), new HeldCount("gtw2", 35), new HeldCount("elsewhere", 9)], default);

        var list = await ListAsync(silo);
        Assert.Equal("gtw2", list.Gateways[0].Gateway);
        var place = (await silo.Grains.GetGrain<IGatewayRanker>("default").ExplainAsync(default)).Single(place => place.Gateway == "gtw1");
        Assert.Equal((3, 0L, 60L, 0.61), (place.Place, place.Active, place.Held, place.Load));
        Assert.Equal("0 active by its own word, counted as 60 by that of repositories, and 1 promised at weight 100", place.Why);

        // Nobody need get another list for it: it is a load, and loads change no version.
        await silo.Pool("default").NoteHeldAsync("rep1", [], default);
        var after = await ListAsync(silo);
        Assert.Equal(("gtw1", list.Version), (after.Gateways[0].Gateway, after.Version));
    }

    [Fact]
    public async Task List_WhenTheGatewayIsHeardBetween_KeepsWhatRepositoriesSay()
    {
        await using var silo = await ReadyAsync();
        await silo.Pool("default").NoteHeldAsync("rep1", [new HeldCount("gtw1", 60)], default);
        Assert.Equal("gtw2", (await ListAsync(silo)).Gateways[0].Gateway);
        await HeardAsync(silo);
        Assert.Equal("gtw2", (await ListAsync(silo)).Gateways[0].Gateway);
        silo.Time.Advance(TimeSpan.FromSeconds(11));
        await HeardAsync(silo);
        Assert.Equal("gtw1", (await ListAsync(silo)).Gateways[0].Gateway);
    }

    private static ImmutableArray<PoolMember> Pool(params long[] active) =>
        [.. active.Select((load, i) => new PoolMember($"gtw{i}", "192.0.2.1", 6180, 100, WantedState.Active, true, load, 0, 1))];

    // As an attempt's: it promises one connection.
    private static Task<RankedList> ListAsync(SiloWorld silo)
    {
        silo.Time.Advance(TimeSpan.FromMilliseconds(501));
        return silo.Grains.GetGrain<IGatewayRanker>("default").RankAsync(new RankRequest("zed", 1, []), default);
    }

    // gtw1 reports nothing to do.
    private static async Task HeardAsync(SiloWorld silo)
    {
        for (var number = 1; number <= 3; number++)
        {
            await silo.HeardAsync($"gtw{number}", active: (number - 1) * 30);
        }
    }

    private static async Task<SiloWorld> ReadyAsync()
    {
        var silo = await StartAsync();
        for (var number = 1; number <= 3; number++)
        {
            await silo.AddGatewayAsync($"gtw{number}", number);
        }
        await HeardAsync(silo);
        return silo;
    }
}
