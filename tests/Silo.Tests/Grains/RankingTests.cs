using System.Collections.Immutable;
using Headgate.Grains;
using Headgate.Silo.Grains.Gateways;
using Headgate.Silo.Tests.Storage;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

public sealed class RankingTests
{
    private static readonly DateTimeOffset s_now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Ranking_Always_PutsTheLeastLoadPerWeightFirst()
    {
        PoolMember[] members = [Member("a", active: 10), Member("b", active: 15, weight: 200), Member("c", active: 9)];
        Assert.Equal("b", Of(members, _ => 0, "t")[0].Gateway);
        Assert.Equal("c", Of(members, id => id == "b" ? 4 : 0, "t")[0].Gateway);
    }

    [Fact]
    public void Ranking_Always_ListsAtMostEightAndDrawsTheRestPerTenantByWeight()
    {
        var members = Enumerable.Range(0, 20).Select(number => Member($"g{number}", active: number == 0 ? 0 : 5, weight: number < 10 ? 900 : 100)).ToArray();
        var lists = Enumerable.Range(0, 400).Select(tenant => Of(members, _ => 0, $"t{tenant}")).ToArray();
        Assert.All(lists, list => Assert.Equal(Enumerable.Range(1, 8), list.Select(place => place.Rank)));
        Assert.All(lists, list => Assert.Equal(8, list.Select(place => place.Gateway).Distinct().Count()));
        Assert.All(lists, list => Assert.Equal("g0", list[0].Gateway));
        Assert.Equal(lists[7].Select(place => place.Gateway), Of(members, _ => 0, "t7").Select(place => place.Gateway));
        // Nine heavy ones against ten light ones: a heavy one comes second in about nine of ten lists.
        var heavySeconds = lists.Count(list => int.Parse(list[1].Gateway[1..], System.Globalization.CultureInfo.InvariantCulture) < 10);
        Assert.InRange(heavySeconds, 320, 390);
        Assert.True(lists.Select(list => list[1].Gateway).Distinct().Count() > 9);
    }

    [Fact]
    public void Ranking_WhenAGatewayComesOrGoes_KeepsTheOthersInTheirOrder()
    {
        var members = Enumerable.Range(0, 30).Select(number => Member($"g{number}", active: number == 0 ? 0 : 5)).ToArray();
        for (var tenant = 0; tenant < 50; tenant++)
        {
            var before = Of(members, _ => 0, $"t{tenant}").Select(place => place.Gateway).ToArray();
            var gone = before[3];
            var after = Of([.. members.Where(member => member.Gateway != gone)], _ => 0, $"t{tenant}").Select(place => place.Gateway).ToArray();
            Assert.Equal(before.Where(gateway => gateway != gone), after[..7]);
        }
    }

    [Fact]
    public void Ranking_OfManyJobsOfOneTenant_SpreadsTheirSecondPlacesAndKeepsEach()
    {
        var members = Enumerable.Range(0, 10).Select(number => Member($"g{number}", active: number == 0 ? 0 : 5)).ToArray();
        var seconds = Enumerable.Range(0, 900).Select(job => Of(members, _ => 0, "acme", $"job{job}")[1].Gateway).ToArray();
        Assert.Equal(seconds, Enumerable.Range(0, 900).Select(job => Of(members, _ => 0, "acme", $"job{job}")[1].Gateway));
        Assert.All(members[1..], member => Assert.InRange(seconds.Count(second => second == member.Gateway), 60, 140));
    }

    [Fact]
    public void Ranking_ForRunsThatGoOn_IsNotTheSameFirstForAllAndAvoidsTheLoaded()
    {
        // One has just come back and carries nothing; one carries five times what the others do.
        var members = Enumerable.Range(0, 10).Select(number => Member($"g{number}", active: number == 0 ? 0 : number == 1 ? 500 : 100)).ToArray();
        var lists = Enumerable.Range(0, 1000).Select(job => Of(members, _ => 0, "acme", $"job{job}", ListUse.GoesOn)).ToArray();
        var firsts = lists.CountBy(list => list[0].Gateway).ToDictionary();
        // In a fifth of the draws it is one of two, and is better than any; the loaded one never is.
        Assert.InRange(firsts["g0"], 150, 250);
        Assert.DoesNotContain("g1", firsts.Keys);
        Assert.All(firsts.Where(pair => pair.Key != "g0"), pair => Assert.InRange(pair.Value, 60, 140));
        Assert.All(lists, list => Assert.Equal(8, list.Select(place => place.Gateway).Distinct().Count()));
        Assert.Equal("less load than the other of the first two drawn by weight: 0 active and 0 promised at weight 100", lists.First(list => list[0].Gateway == "g0")[0].Why);
        Assert.StartsWith("the only one: ", Of([Member("a")], _ => 0, "t", use: ListUse.GoesOn)[0].Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Ranking_WhenFewGateways_ListsEachOnce()
    {
        for (var count = 0; count <= 12; count++)
        {
            var members = Enumerable.Range(0, count).Select(number => Member($"g{number}", active: number)).ToArray();
            var list = Of(members, _ => 0, "t");
            Assert.Equal(Math.Min(count, 8), list.Length);
            Assert.Equal(list.Length, list.Select(place => place.Gateway).Distinct().Count());
        }
    }

    [Fact]
    public void Ranking_Always_SaysWhatEachPlaceGoesBy()
    {
        var list = Of([Member("a", active: 10), Member("b", active: 4, weight: 20)], id => id == "a" ? 5 : 0, "t");
        Assert.Equal(["least load: 10 active and 5 promised at weight 100", "drawn by weight: 4 active and 0 promised at weight 20"], list.Select(place => place.Why));
    }

    [Fact]
    public void Promises_WhenTheGatewayAcceptedThem_Retire()
    {
        var time = new ManualClock();
        var promises = new Promises(time);
        promises.Add(Member("a", accepted: 100), 5);
        promises.Add(Member("a", accepted: 100), 5);
        Assert.Equal(10, promises.Outstanding(Member("a", accepted: 104)));
        Assert.Equal(5, promises.Outstanding(Member("a", accepted: 105)));
        Assert.Equal(0, promises.Outstanding(Member("a", accepted: 110)));
        Assert.Equal(0, promises.Outstanding(Member("b")));
    }

    [Fact]
    public void Promises_WhenOldOrTheGatewayStartedAnew_Retire()
    {
        var time = new ManualClock();
        var promises = new Promises(time);
        promises.Add(Member("a", accepted: 100), 5);
        promises.Add(Member("b", accepted: 100), 5);
        Assert.Equal(0, promises.Outstanding(Member("a", accepted: 0) with { Epoch = 2 }));
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(5, promises.Outstanding(Member("b", accepted: 100)));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, promises.Outstanding(Member("b", accepted: 100)));
    }

    [Theory]
    // Seconds since each was heard; -1: never. The silo has run for an hour.
    [InlineData(new[] { 0, 1, 2 }, false)]
    [InlineData(new[] { 0, 6 }, false)]
    [InlineData(new[] { 0, 6, 7 }, true)]
    [InlineData(new[] { 0, 6, 60 }, false)]
    [InlineData(new[] { 0, 0, 6, 7, 8 }, true)]
    [InlineData(new[] { 0, 0, 0, 6, 7, 8 }, false)]
    [InlineData(new[] { 6 }, true)]
    [InlineData(new[] { 6, 3000 }, true)]
    [InlineData(new[] { 0, 400, 401 }, false)]
    [InlineData(new[] { 0, -1, -1 }, false)]
    [InlineData(new int[0], false)]
    public void IsDoubtful_WhenMostFellSilentAtOnce_IsTrue(int[] secondsAgo, bool expected)
    {
        var heard = secondsAgo.Select(seconds => seconds < 0 ? (DateTimeOffset?)null : s_now.AddSeconds(-seconds));
        Assert.Equal(expected, PoolLiveness.IsDoubtful(heard, s_now.AddHours(-1), s_now));
    }

    [Fact]
    public async Task RankAsync_WhenOneFallsSilent_LeavesItOutWithANewVersion()
    {
        await using var silo = await ReadyAsync(3);
        var before = await RankAsync(silo);
        Assert.Equal((3, false), (before.Gateways.Length, before.Stale));
        for (var second = 0; second < 6; second++)
        {
            silo.Time.Advance(TimeSpan.FromSeconds(1));
            await silo.HeardAsync("gtw1");
            await silo.HeardAsync("gtw2");
        }
        var after = await RankAsync(silo);
        Assert.Equal(["gtw1", "gtw2"], after.Gateways.Select(place => place.Gateway).Order());
        Assert.False(after.Stale);
        Assert.True(after.Version > before.Version);
    }

    [Fact]
    public async Task RankAsync_WhenMostFallSilentAtOnce_KeepsTheLastListMarkedStale()
    {
        await using var silo = await ReadyAsync(3);
        await silo.Gateway("gtw3").ChangeAsync(new ChangeGateway(WantedState.Draining, null, null, null, null, null, null), default);
        Assert.Equal(2, (await RankAsync(silo)).Gateways.Length);
        silo.Time.Advance(TimeSpan.FromSeconds(6));
        var stale = await RankAsync(silo);
        Assert.True(stale.Stale);
        Assert.Equal(["gtw1", "gtw2"], stale.Gateways.Select(place => place.Gateway).Order());
    }

    [Fact]
    public async Task RankAsync_WhenTheSiloHasJustStarted_KeepsEverybodyMarkedStale()
    {
        await using var first = await ReadyAsync(2);
        await using var silo = await first.BesideAsync();
        var list = await RankAsync(silo);
        Assert.Equal((2, true), (list.Gateways.Length, list.Stale));
        silo.Time.Advance(TimeSpan.FromSeconds(11));
        await silo.HeardAsync("gtw2");
        list = await RankAsync(silo);
        Assert.Equal(("gtw2", false), (list.Gateways.Single().Gateway, list.Stale));
    }

    [Fact]
    public async Task RankAsync_WhenRunsStartTogether_SpreadsThem()
    {
        await using var silo = await ReadyAsync(3);
        var firsts = new List<string>();
        for (var run = 0; run < 30; run++)
        {
            firsts.Add((await RankAsync(silo, connections: 5)).Gateways[0].Gateway);
        }
        Assert.Equal([10, 10, 10], firsts.CountBy(gateway => gateway).Select(pair => pair.Value));
        // A refresh promises nothing.
        var refreshed = (await RankAsync(silo)).Gateways[0];
        Assert.Equal(refreshed.Why, (await RankAsync(silo)).Gateways[0].Why);
    }

    [Fact]
    public async Task RankAsync_WhenSeveralPools_MergesThem()
    {
        await using var silo = await StartAsync();
        await silo.AddGatewayAsync("gtw1", 1, "north");
        await silo.AddGatewayAsync("gtw2", 2, "north", "east");
        await silo.AddGatewayAsync("gtw3", 3, "east");
        await silo.AddGatewayAsync("gtw4", 4, "west");
        var list = await silo.Grains.GetGrain<IGatewayRanker>("north").RankAsync(new RankRequest("acme", 0, ["east"]), default);
        Assert.Equal(["gtw1", "gtw2", "gtw3"], list.Gateways.Select(place => place.Gateway).Order());
        await RefusedAsync(RefusalReason.Invalid, () => silo.Grains.GetGrain<IGatewayRanker>("north").RankAsync(new RankRequest("acme", 65, []), default));
    }

    private static ImmutableArray<RankedGateway> Of(PoolMember[] members, Func<string, long> promised, string tenant, string job = "", ListUse use = ListUse.Begins) =>
        Ranking.Of(members, [.. members.Select(member => promised(member.Gateway))], tenant, job, use, stale: false);

    private static PoolMember Member(string id, long active = 0, long accepted = 0, int weight = 100) =>
        new(id, "192.0.2.1", 6180, weight, WantedState.Active, true, active, accepted, 1);

    private static Task<RankedList> RankAsync(SiloWorld silo, int connections = 0)
    {
        // Past the half second that a ranker keeps a snapshot for.
        silo.Time.Advance(TimeSpan.FromMilliseconds(connections == 0 ? 501 : 0));
        return silo.Grains.GetGrain<IGatewayRanker>("default").RankAsync(new RankRequest("acme", connections, []), default);
    }

    private static async Task<SiloWorld> ReadyAsync(int gateways)
    {
        var silo = await StartAsync();
        for (var number = 1; number <= gateways; number++)
        {
            await silo.AddGatewayAsync($"gtw{number}", number);
        }
        return silo;
    }
}
