using System.Net;
using Headgate.Gateway.Limits;
using Headgate.Gateway.Routing;
using Headgate.Gateway.Tests.Support;
using Headgate.Protocol.Edge;
using Microsoft.Extensions.Logging.Abstractions;

namespace Headgate.Gateway.Tests.Routing;

public sealed class RouteResolverTests
{
    private static readonly SourceKey s_source = SourceKey.Of(IPAddress.Parse("192.0.2.1"));
    private readonly ManualTimeProvider _time = new();
    private readonly FakeSilo _silo = new();
    private readonly RouteTable _table;
    private readonly RouteResolver _resolver;

    public RouteResolverTests()
    {
        _table = new RouteTable(_time);
        _resolver = new RouteResolver(
            _table, _silo, new UnknownNameLimiter(60, 3, _time), TestMetrics.Create(), _time, NullLogger<RouteResolver>.Instance);
        _table.Replace(Snapshot());
    }

    [Theory]
    [InlineData("cc.demo.test", "tenant-api", null)]
    [InlineData("gtw12.demo.test", "tenant-api", null)]
    [InlineData("my.demo.test", null, Refusal.UnknownName)]
    [InlineData("www.demo.test", null, Refusal.UnknownName)]
    [InlineData("cc.other.test", null, Refusal.UnknownName)]
    public async Task Resolve_WhenTheNameSaysIt_AsksNobody(string name, string? target, object? refusal)
    {
        var answer = await ResolveAsync(name);
        Assert.Equal(target, answer.Target?.Id);
        Assert.True(refusal is null || (Refusal)refusal == answer.Refusal);
        Assert.Empty(_silo.LookedUp);
    }

    [Fact]
    public async Task Resolve_WhenTheTenantsSiteIsRegistered_LeadsThere()
    {
        _table.SetTarget(new RelayTarget("tenant-site", "127.0.0.1", 1, new byte[32]));
        Assert.Equal("tenant-site", (await ResolveAsync("my.demo.test")).Target?.Id);
    }

    [Fact]
    public async Task Resolve_WhenManyAskForOneName_AsksTheSiloOnce()
    {
        _silo.Routes[Name('a')] = Route('a');
        _silo.LookUpGate = new TaskCompletionSource();
        var many = Enumerable.Range(0, 20).Select(i => ResolveAsync(Name('a'), SourceKey.Of(new IPAddress(i))).AsTask()).ToArray();
        _silo.LookUpGate.SetResult();
        Assert.All(await Task.WhenAll(many), answer => Assert.Equal("repo1", answer.Target?.Id));
        Assert.Single(_silo.LookedUp);

        await ResolveAsync(Name('a'));
        Assert.Single(_silo.LookedUp);
    }

    [Fact]
    public async Task Resolve_WhenOneCallerGivesUp_TheOthersStillGetTheAnswer()
    {
        _silo.Routes[Name('a')] = Route('a');
        _silo.LookUpGate = new TaskCompletionSource();
        using var giveUp = new CancellationTokenSource();
        var first = _resolver.ResolveAsync(Name('a'), s_source, giveUp.Token).AsTask();
        var second = ResolveAsync(Name('a')).AsTask();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        _silo.LookUpGate.SetResult();
        Assert.Equal("repo1", (await second).Target?.Id);
    }

    [Fact]
    public async Task Resolve_WhenTheNameLeadsNowhere_AsksAgainAfterFiveSeconds()
    {
        Assert.Equal(Refusal.UnknownName, (await ResolveAsync(Name('a'))).Refusal);
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(Refusal.UnknownName, (await ResolveAsync(Name('a'))).Refusal);
        Assert.Single(_silo.LookedUp);

        _silo.Routes[Name('a')] = Route('a');
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("repo1", (await ResolveAsync(Name('a'))).Target?.Id);
    }

    [Fact]
    public async Task Resolve_WhenTheRouteIsPushedAfterItLedNowhere_UsesItAtOnce()
    {
        await ResolveAsync(Name('a'));
        _table.Open(Route('a'));
        Assert.Equal("repo1", (await ResolveAsync(Name('a'))).Target?.Id);
    }

    [Fact]
    public async Task Resolve_WhenASourceGuesses_StopsAskingForItButServesWhatIsCached()
    {
        _table.Open(Route('z'));
        foreach (var fill in "abc")
        {
            Assert.Equal(Refusal.UnknownName, (await ResolveAsync(Name(fill))).Refusal);
        }

        Assert.Equal(Refusal.UnknownNameRate, (await ResolveAsync(Name('d'))).Refusal);
        Assert.Equal(3, _silo.LookedUp.Count);
        Assert.Equal("repo1", (await ResolveAsync(Name('z'))).Target?.Id);

        Assert.Equal(Refusal.UnknownName, (await ResolveAsync(Name('d'), SourceKey.Of(IPAddress.Parse("192.0.2.2")))).Refusal);
    }

    [Fact]
    public async Task Resolve_WhenNamesLeadSomewhere_NeverCountsAsGuessing()
    {
        foreach (var fill in "abcdefgh")
        {
            _silo.Routes[Name(fill)] = Route(fill);
            Assert.Equal("repo1", (await ResolveAsync(Name(fill))).Target?.Id);
        }
    }

    [Fact]
    public async Task Resolve_WhenTheRouteIsPastItsTime_AsksAgain()
    {
        _table.Open(Route('a', TimeSpan.FromMinutes(1)));
        _time.Advance(TimeSpan.FromMinutes(2));
        _table.Heard();
        Assert.Equal(Refusal.UnknownName, (await ResolveAsync(Name('a'))).Refusal);
        Assert.Single(_silo.LookedUp);
    }

    [Fact]
    public async Task Resolve_WhenTheSiloIsAway_RoutesPastTheirTimeGoOnForAnHour()
    {
        _table.Open(Route('a', TimeSpan.FromMinutes(1)));
        _silo.IsAway = true;
        _time.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal("repo1", (await ResolveAsync(Name('a'))).Target?.Id);
        Assert.True(_table.IsServing);

        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(Refusal.SiloUnreachable, (await ResolveAsync(Name('a'))).Refusal);
        Assert.False(_table.IsServing);
    }

    [Fact]
    public async Task Resolve_WhenTheSiloFailedAMomentAgo_StillUsesTheRoutePastItsTime()
    {
        _table.Open(Route('a', TimeSpan.FromMinutes(1)));
        _time.Advance(TimeSpan.FromMinutes(2));
        _table.Heard();
        _silo.IsAway = true;
        Assert.Equal("repo1", (await ResolveAsync(Name('a'))).Target?.Id);
    }

    [Fact]
    public async Task Resolve_WhenTheSiloIsAwayAndTheNameIsNew_SaysSo()
    {
        _silo.IsAway = true;
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(Refusal.SiloUnreachable, (await ResolveAsync(Name('a'))).Refusal);
        }
    }

    [Fact]
    public async Task Resolve_WhenTheSiloDoesNotAnswerInThreeSeconds_SaysSo()
    {
        _silo.LookUpGate = new TaskCompletionSource();
        var asking = ResolveAsync(Name('a')).AsTask();
        await Eventually.EqualAsync(1, () => _silo.LookedUp.Count);
        _time.Advance(RouteResolver.LookUpTimeout);
        Assert.Equal(Refusal.SiloUnreachable, (await asking.WaitAsync(Eventually.Deadline)).Refusal);
    }

    [Fact]
    public async Task Resolve_WhenTheRouteIsClosedWhileItIsLookedUp_DoesNotBringItBack()
    {
        _silo.Routes[Name('a')] = Route('a');
        _silo.LookUpGate = new TaskCompletionSource();
        var asking = ResolveAsync(Name('a')).AsTask();
        await Eventually.EqualAsync(1, () => _silo.LookedUp.Count);
        _table.Close(Name('a'));
        _silo.LookUpGate.SetResult();
        Assert.Equal(Refusal.UnknownName, (await asking).Refusal);
        Assert.Equal(Refusal.UnknownName, (await ResolveAsync(Name('a'))).Refusal);
    }

    [Fact]
    public async Task Resolve_WhenTheSiloAnswersForAnotherName_RefusesTheAnswer()
    {
        _silo.Routes[Name('a')] = Route('b');
        Assert.Equal(Refusal.SiloUnreachable, (await ResolveAsync(Name('a'))).Refusal);
        Assert.Equal(RouteFinding.Miss, _table.Find(Name('b'), out _));
    }

    [Fact]
    public async Task Resolve_WhenTheTargetIsNotRegistered_SaysSo()
    {
        _table.Open(Route('a'));
        _table.RemoveTarget("repo1");
        Assert.Equal(Refusal.TargetUnknown, (await ResolveAsync(Name('a'))).Refusal);
    }

    [Fact]
    public async Task Resolve_WhenTheCacheKnows_CompletesAtOnceAllocatesNothingAndTellsTheTenant()
    {
        _table.Open(Route('a') with { BytesPerSecond = 1 << 20 });
        Assert.Equal(Refusal.UnknownName, (await ResolveAsync(Name('n'))).Refusal);
        var names = (string[])[Name('a'), "cc.demo.test", "gtw7.demo.test", "www.demo.test", Name('n')];
        Assert.Equal(
            [("repo1", Name('a'), "acme", 1 << 20), ("tenant-api", names[1], null, null), ("tenant-api", names[2], null, null), (null, null, null, null), (null, null, null, null)],
            names.Select(name => ResolveNow(name)).Select(answer => (answer.Target?.Id, answer.ServerName, answer.Tenant, answer.BytesPerSecond)));

        Span<char> span = stackalloc char[names[0].Length];
        names[0].CopyTo(span);
        Assert.True(_resolver.TryResolve(span, s_source, out var answered));
        Assert.Equal("repo1", answered.Target?.Id);

        All(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        All(1000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void All(int times)
        {
            for (var i = 0; i < times; i++)
            {
                foreach (var name in names)
                {
                    ResolveNow(name);
                }
            }
        }

        RouteAnswer ResolveNow(string name)
        {
            var answer = ResolveAsync(name);
            return answer.IsCompletedSuccessfully ? answer.Result : throw new InvalidOperationException(name);
        }
    }

    [Fact]
    public async Task Resolve_WhenASourceIsHeldOff_ServesItsNeighboursKnownNamesAllTheTime()
    {
        _table.Open(Route('z'));
        for (var i = 0; i < 100; i++)
        {
            for (var guess = 0; guess < 4; guess++)
            {
                await ResolveAsync($"r-{(4 * i) + guess:d40}.data.{TestAuthority.Zone}");
            }

            Assert.Equal("repo1", (await ResolveAsync(Name('z'))).Target?.Id);
            Assert.Equal("tenant-api", (await ResolveAsync("cc.demo.test")).Target?.Id);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        // 3 at once; then behind hold-offs of 1, 2, 4, 8, 16 and 32 s.
        Assert.InRange(_silo.LookedUp.Count, 8, 10);
    }

    private static string Name(char fill) => GatewayUnderTest.Route(fill);

    private GatewayRoute Route(char fill, TimeSpan? expires = null) =>
        new(Name(fill), "repo1", "acme", _time.GetUtcNow() + (expires ?? TimeSpan.FromHours(2)));

    private GatewaySnapshot Snapshot() => new(
        1,
        "gtw1",
        TestAuthority.Zone,
        GatewayWantedState.Active,
        [new RelayTarget("tenant-api", "127.0.0.1", 1, new byte[32]), new RelayTarget("repo1", "127.0.0.1", 2, new byte[32])],
        []);

    private ValueTask<RouteAnswer> ResolveAsync(string name, SourceKey? source = null) =>
        _resolver.ResolveAsync(name, source ?? s_source, CancellationToken.None);
}
