using Headgate.Grains;
using Headgate.Silo.Grains.Gateways;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

/// <summary>What connectors say of gateways, against what those say of themselves.</summary>
public sealed class TrialsTests
{
    private static readonly DateTimeOffset s_now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly Trials _trials = new();

    [Fact]
    public void Judge_OfOneTenantsManyReports_SinksItForThatTenantAlone()
    {
        for (var i = 0; i < 1000; i++)
        {
            _trials.Note("acme", Failed(), s_now.AddSeconds(i % 10));
        }
        var doubt = _trials.Judge(s_now.AddSeconds(10))!;
        Assert.Equal((false, "acme"), (doubt.SinksForAll, Assert.Single(doubt.Tenants)));
    }

    [Theory]
    [InlineData(2, 0, false)]
    [InlineData(3, 0, true)]
    [InlineData(9, 1, false)]
    [InlineData(10, 1, true)]
    [InlineData(29, 3, false)]
    [InlineData(30, 3, true)]
    [InlineData(999, 100, false)]
    [InlineData(5000, 99, true)]
    public void Judge_OfSeveralTenants_NeedsThreeAndTenTimesThoseWhoCameThrough(int failed, int came, bool expected)
    {
        for (var i = 0; i < came; i++)
        {
            _trials.Note($"good{i}", Came(), s_now);
        }
        for (var i = 0; i < failed; i++)
        {
            _trials.Note($"bad{i}", Failed(), s_now);
        }
        Assert.Equal(expected, _trials.Judge(s_now)!.SinksForAll);
    }

    [Fact]
    public void Judge_WhenATenantComesThrough_TakesItsWordBack()
    {
        _trials.Note("acme", Failed(), s_now);
        _trials.Note("acme", Came(), s_now);
        Assert.Null(_trials.Judge(s_now));
        // Both in one report: it does lead somewhere.
        _trials.Note("acme", new TrialCount("gtw1", 1, 5), s_now);
        Assert.Null(_trials.Judge(s_now));
        // And the other way: it did until then.
        _trials.Note("acme", Failed(), s_now);
        Assert.Equal((0, "acme"), (_trials.Judge(s_now)!.CameThrough, _trials.Judge(s_now)!.Tenants.Single()));
    }

    [Fact]
    public void Judge_WhenReportsAreOld_ForgetsThem()
    {
        foreach (var tenant in new[] { "a", "b", "c" })
        {
            _trials.Note(tenant, Failed(), s_now);
        }
        _trials.Note("d", Came(), s_now);
        Assert.False(_trials.Judge(s_now.AddSeconds(59))!.SinksForAll);
        // What came through a minute ago says nothing of now.
        Assert.True(_trials.Judge(s_now.AddSeconds(60))!.SinksForAll);
        Assert.True(_trials.Judge(s_now.AddSeconds(899))!.SinksForAll);
        Assert.Null(_trials.Judge(s_now.AddSeconds(900)));
    }

    [Fact]
    public async Task List_WhenAGatewayReportsNoLoadAndForwardsNothing_HasItLast()
    {
        await using var silo = await ReadyAsync();
        var before = await ListAsync(silo, "zed");
        Assert.Equal("gtw1", before.Gateways[0].Gateway);

        await NoteAsync(silo, "acme", "gtw1", 0, 1);
        await NoteAsync(silo, "bolt", "gtw1", 0, 1);
        var two = await ListAsync(silo, "zed");
        Assert.Equal(("gtw1", before.Version), (two.Gateways[0].Gateway, two.Version));
        var own = await ListAsync(silo, "acme");
        Assert.Equal("gtw1", own.Gateways[^1].Gateway);
        Assert.Contains("behind the others in the lists of this tenant", own.Gateways[^1].Why, StringComparison.Ordinal);

        await NoteAsync(silo, "corp", "gtw1", 0, 1);
        // At once, and with a version that tells those who run of it.
        var three = await ListAsync(silo, "zed");
        Assert.Equal(("gtw1", 3), (three.Gateways[^1].Gateway, three.Gateways[^1].Rank));
        Assert.True(three.Version > before.Version);
        Assert.Equal(
            "drawn by weight: 0 active and 2 promised at weight 100; behind the others, for connectors of 3 tenants did not come through it in the last 15 minutes "
            + "where other gateways led, and of 0 did in the last minute",
            three.Gateways[^1].Why);

        // Somebody comes through, and it is where its load puts it.
        await NoteAsync(silo, "corp", "gtw1", 1, 0);
        var back = await ListAsync(silo, "zed");
        Assert.Equal("gtw1", back.Gateways[0].Gateway);
        Assert.True(back.Version > three.Version);
    }

    [Fact]
    public async Task List_WhenNobodySaysSoAgain_HasItBackAfterAQuarterOfAnHour()
    {
        await using var silo = await ReadyAsync();
        foreach (var tenant in new[] { "acme", "bolt", "corp" })
        {
            await NoteAsync(silo, tenant, "gtw1", 0, 1);
        }
        var sunk = await ListAsync(silo, "zed");
        silo.Time.Advance(Trials.FailureCounts);
        await HeardAsync(silo);
        var back = await ListAsync(silo, "zed");
        Assert.Equal(("gtw1", "gtw1"), (sunk.Gateways[^1].Gateway, back.Gateways[0].Gateway));
        Assert.True(back.Version > sunk.Version);
    }

    [Fact]
    public async Task List_WhenAllAreSaidToFail_GoesByLoad()
    {
        await using var silo = await ReadyAsync();
        foreach (var gateway in new[] { "gtw1", "gtw2", "gtw3", "unknown" })
        {
            await NoteAsync(silo, "acme", gateway, 0, 1);
        }
        var list = await ListAsync(silo, "acme");
        Assert.Equal((3, "gtw1"), (list.Gateways.Length, list.Gateways[0].Gateway));
    }

    [Fact]
    public async Task Explain_Always_SaysWhyEachStandsWhereItDoes()
    {
        await using var silo = await ReadyAsync();
        await silo.AddGatewayAsync("gtw4", 4);
        await silo.AddGatewayAsync("gtw5", 5);
        await silo.Gateway("gtw4").ChangeAsync(new ChangeGateway(WantedState.Draining, null, null, null, null, null, null), default);
        silo.Time.Advance(TimeSpan.FromSeconds(6));
        await HeardAsync(silo);
        await NoteAsync(silo, "acme", "gtw2", 0, 1);
        await silo.Grains.GetGrain<IGatewayRanker>("default").RankAsync(new RankRequest("zed", 5, []), default);

        var places = await silo.Grains.GetGrain<IGatewayRanker>("default").ExplainAsync(default);
        Assert.Equal(["gtw1", "gtw2", "gtw3", "gtw4", "gtw5"], places.Select(place => place.Gateway));
        Assert.Equal([1, 2, 3, null, null], places.Select(place => place.Place));
        Assert.Equal(
            [
                "0 active and 5 promised at weight 100",
                "10 active and 0 promised at weight 100; connectors of 1 tenant did not come through it, so it stands behind the others in the lists of these",
                "20 active and 0 promised at weight 100",
                "in no list: it drains",
                "in no list: not heard for more than 5 s",
            ],
            places.Select(place => place.Why));
        Assert.Equal((5L, 0.05), (places[0].Promised, places[0].Load));
    }

    private static TrialCount Failed() => new("gtw1", 0, 1);

    private static TrialCount Came() => new("gtw1", 1, 0);

    private static Task NoteAsync(SiloWorld silo, string tenant, string gateway, int came, int failed) =>
        silo.Pool("default").NoteTrialsAsync(tenant, [new TrialCount(gateway, came, failed)], default);

    private static Task<RankedList> ListAsync(SiloWorld silo, string tenant)
    {
        silo.Time.Advance(TimeSpan.FromMilliseconds(501));
        return silo.Grains.GetGrain<IGatewayRanker>("default").RankAsync(new RankRequest(tenant, 1, []), default);
    }

    // gtw1 reports nothing to do.
    private static async Task HeardAsync(SiloWorld silo)
    {
        for (var number = 1; number <= 3; number++)
        {
            await silo.HeardAsync($"gtw{number}", active: (number - 1) * 10);
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
