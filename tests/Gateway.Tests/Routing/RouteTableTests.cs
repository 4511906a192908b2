using Headgate.Gateway.Routing;
using Headgate.Gateway.Tests.Support;
using Headgate.Protocol.Edge;

namespace Headgate.Gateway.Tests.Routing;

public sealed class RouteTableTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly RouteTable _table;
    private readonly List<string> _closed = [];

    public RouteTableTests()
    {
        _table = new RouteTable(_time);
        _table.RoutesClosed += _closed.AddRange;
    }

    [Fact]
    public void Replace_WhenAPushedRouteIsMissing_ClosesItsConnections()
    {
        _table.Replace(Snapshot(1, GatewayWantedState.Active, "a", "b"));
        _table.Replace(Snapshot(5, GatewayWantedState.Active, "b", "c"));
        Assert.Equal(["a"], _closed);
        Assert.Equal(RouteFinding.Miss, _table.Find("a", out _));
        Assert.Equal(RouteFinding.Fresh, _table.Find("b", out _));
        Assert.Equal(RouteFinding.Fresh, _table.Find("c", out _));
    }

    [Fact]
    public void Replace_WhenALookedUpRouteIsMissing_ForgetsItButEndsNothing()
    {
        _table.Replace(Snapshot(1, GatewayWantedState.Active));
        _table.Learn("x", Route("x"), _time.GetTimestamp());
        _table.Replace(Snapshot(2, GatewayWantedState.Active));
        Assert.Empty(_closed);
        Assert.Equal(RouteFinding.Miss, _table.Find("x", out _));
    }

    [Fact]
    public void Sweep_WhenTooManyWereLookedUp_ForgetsThoseUnusedLongestAndNonePushed()
    {
        _table.Replace(Snapshot(1, GatewayWantedState.Active, "pushed"));
        for (var i = 0; i < RouteTable.MaxLookedUp + 100; i++)
        {
            _table.Learn($"n{i}", Route($"n{i}"), _time.GetTimestamp());
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(RouteFinding.Fresh, _table.Find("n7", out _));
        _table.Sweep();
        Assert.Equal(RouteTable.MaxLookedUp + 1, _table.RouteCount);
        Assert.Equal(RouteFinding.Fresh, _table.Find("pushed", out _));
        Assert.Equal(RouteFinding.Fresh, _table.Find("n7", out _));
        Assert.Equal(RouteFinding.Miss, _table.Find("n6", out _));
        Assert.Equal(RouteFinding.Miss, _table.Find("n100", out _));
        Assert.Equal(RouteFinding.Fresh, _table.Find("n101", out _));
    }

    [Fact]
    public void Target_WhenRemovedOrMissingFromASnapshot_IsSaidToBeGone()
    {
        var gone = new List<string>();
        _table.TargetsRemoved += gone.AddRange;
        _table.Replace(Snapshot(1, GatewayWantedState.Active));
        _table.SetTarget(new RelayTarget("repo2", "127.0.0.1", 2, new byte[32]));
        _table.SetTarget(new RelayTarget("repo3", "127.0.0.1", 3, new byte[32]));
        _table.RemoveTarget("repo3");
        Assert.Equal(["repo3"], gone);
        _table.Replace(Snapshot(2, GatewayWantedState.Active));
        Assert.Equal(["repo3", "repo2"], gone);
        Assert.NotNull(_table.Target("repo1"));
    }

    [Fact]
    public void DrainLeft_WhateverSaidIt_CountsDownByTheGatewaysOwnClock()
    {
        _table.Replace(Snapshot(1, GatewayWantedState.Draining) with { DrainSecondsLeft = 100 });
        _time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(TimeSpan.FromSeconds(60), _table.DrainLeft);
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(TimeSpan.Zero, _table.DrainLeft);
    }

    [Fact]
    public void SetWanted_WhenANewerDeadlineComes_ReplacesTheOlder()
    {
        _table.SetWanted(GatewayWantedState.Draining, 100);
        _table.SetWanted(GatewayWantedState.Draining, 10);
        Assert.Equal(TimeSpan.FromSeconds(10), _table.DrainLeft);
        _table.SetWanted(GatewayWantedState.Draining, 1000);
        Assert.Equal(TimeSpan.FromSeconds(1000), _table.DrainLeft);
        _table.SetWanted(GatewayWantedState.Draining);
        Assert.Null(_table.DrainLeft);
        _table.SetWanted(GatewayWantedState.Draining, -5);
        Assert.Equal(TimeSpan.Zero, _table.DrainLeft);
        _table.SetWanted(GatewayWantedState.Draining, double.PositiveInfinity);
        Assert.Equal(TimeSpan.FromDays(366), _table.DrainLeft);
        _table.SetWanted(GatewayWantedState.Active, 7);
        Assert.Null(_table.DrainLeft);
    }

    [Fact]
    public void SetWanted_WhenTheSiloToldSomethingElseSinceTheQuestion_KeepsThat()
    {
        var asked = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        _table.SetWanted(GatewayWantedState.Draining, 100);
        _table.SetWanted(GatewayWantedState.Active, asked: asked);
        Assert.Equal((GatewayWantedState.Draining, TimeSpan.FromSeconds(100)), (_table.Wanted, _table.DrainLeft));
        _table.SetWanted(GatewayWantedState.Draining, 50, _time.GetTimestamp());
        Assert.Equal(TimeSpan.FromSeconds(50), _table.DrainLeft);

        asked = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        _table.Replace(Snapshot(1, GatewayWantedState.Active));
        _table.SetWanted(GatewayWantedState.Draining, 50, asked);
        Assert.Equal(GatewayWantedState.Active, _table.Wanted);
        _table.SetWanted(GatewayWantedState.Draining, 50, _time.GetTimestamp());
        Assert.Equal(GatewayWantedState.Draining, _table.Wanted);
    }

    [Fact]
    public void SetWanted_WhenEachHeartbeatSaysTheSameDeadline_IsNoChangeWorthKeeping()
    {
        _table.SetWanted(GatewayWantedState.Draining, 100);
        var changes = _table.Changes;
        var told = 0;
        _table.ServiceChanged += () => told++;
        for (var left = 99; left > 50; left--)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _table.SetWanted(GatewayWantedState.Draining, left + 0.1);
        }

        Assert.Equal((changes, 0), (_table.Changes, told));
        _table.SetWanted(GatewayWantedState.Draining, 5);
        Assert.Equal((changes + 1, 1), (_table.Changes, told));
    }

    [Fact]
    public void Restore_WhenItWasDrained_GoesOnWithWhatIsLeftOfTheTime()
    {
        _table.Replace(Snapshot(1, GatewayWantedState.Draining) with { DrainSecondsLeft = 100 });
        _time.Advance(TimeSpan.FromSeconds(20));
        var kept = _table.Export()!;
        Assert.Equal(100, kept.DrainSecondsLeft);
        var again = new RouteTable(_time);
        again.Restore(kept, TimeSpan.FromSeconds(30));
        Assert.Equal(TimeSpan.FromSeconds(70), again.DrainLeft);
        again.Restore(kept, TimeSpan.FromMinutes(30));
        Assert.Equal(TimeSpan.Zero, again.DrainLeft);
    }

    [Fact]
    public void Replace_WhenTheZoneCannotBe_ChangesNothing()
    {
        _table.Replace(Snapshot(1, GatewayWantedState.Active, "a"));
        Assert.Throws<ArgumentException>(() => _table.Replace(Snapshot(2, GatewayWantedState.Disabled) with { Zone = "NOT A ZONE" }));
        Assert.Equal(GatewayWantedState.Active, _table.Wanted);
        Assert.Equal(RouteFinding.Fresh, _table.Find("a", out _));
    }

    [Fact]
    public void IsServing_WhenNoSnapshotCame_IsFalseWhateverElseWasHeard()
    {
        _table.Heard();
        _table.SetWanted(GatewayWantedState.Active);
        Assert.False(_table.IsServing);
        _table.Replace(Snapshot(1, GatewayWantedState.Active));
        Assert.True(_table.IsServing);
    }

    [Theory]
    [InlineData(GatewayWantedState.Draining)]
    [InlineData(GatewayWantedState.Disabled)]
    public void IsServing_WhenTheSiloWantsItNot_IsFalse(GatewayWantedState wanted)
    {
        _table.Replace(Snapshot(1, GatewayWantedState.Active));
        _table.SetWanted(wanted);
        Assert.False(_table.IsServing);
        _table.SetWanted(GatewayWantedState.Active);
        Assert.True(_table.IsServing);
    }

    [Fact]
    public void ServiceChanged_WhenTheSiloIsHeardAfterAnHour_IsRaised()
    {
        _table.Replace(Snapshot(1, GatewayWantedState.Active));
        _time.Advance(RouteTable.WithoutSilo);
        Assert.False(_table.IsServing);
        var raised = 0;
        _table.ServiceChanged += () => raised++;
        _table.Heard();
        Assert.True(_table.IsServing);
        Assert.Equal(1, raised);
    }

    [Fact]
    public void Learn_WhenTheRouteWasPushedMeanwhile_KeepsThePushedOne()
    {
        _table.Replace(Snapshot(1, GatewayWantedState.Active));
        var began = _time.GetTimestamp();
        _table.Open(Route("a"));
        _table.Learn("a", null, began);
        Assert.Equal(RouteFinding.Fresh, _table.Find("a", out _));
    }

    [Fact]
    public void Export_WhenRestoredElsewhere_KnowsTheSameForTheRestOfTheHour()
    {
        _table.Replace(Snapshot(7, GatewayWantedState.Active, "a"));
        _table.Learn("x", Route("x"), _time.GetTimestamp());
        var other = new RouteTable(_time);
        other.Restore(_table.Export()!, TimeSpan.FromMinutes(50));
        Assert.True(other.IsServing);
        Assert.Equal(RouteFinding.Fresh, other.Find("a", out _));
        Assert.Equal(RouteFinding.Fresh, other.Find("x", out _));
        Assert.NotNull(other.Target("repo1"));
        Assert.Equal(TimeSpan.FromMinutes(50), other.Silence);
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.False(other.IsServing);
    }

    [Fact]
    public void Restore_WhenASnapshotFollows_EndsNoConnection()
    {
        _table.Restore(Snapshot(7, GatewayWantedState.Active, "a"), TimeSpan.Zero);
        _table.Replace(Snapshot(8, GatewayWantedState.Active));
        Assert.Empty(_closed);
    }

    [Fact]
    public void Sweep_WhenNoSilenceCouldKeepARouteAlive_ForgetsIt()
    {
        _table.Replace(Snapshot(1, GatewayWantedState.Active, "a"));
        _time.Advance(TimeSpan.FromMinutes(30) + RouteTable.WithoutSilo);
        _table.Sweep();
        Assert.Equal(RouteFinding.Stale, _table.Find("a", out _));
        _time.Advance(TimeSpan.FromSeconds(1));
        _table.Sweep();
        Assert.Equal(0, _table.RouteCount);
    }

    private GatewayRoute Route(string name) => new(name, "repo1", "acme", _time.GetUtcNow() + TimeSpan.FromMinutes(30));

    private GatewaySnapshot Snapshot(long sequence, GatewayWantedState wanted, params string[] routes) => new(
        sequence, "gtw1", TestAuthority.Zone, wanted, [new RelayTarget("repo1", "127.0.0.1", 2, new byte[32])], [.. routes.Select(Route)]);
}
