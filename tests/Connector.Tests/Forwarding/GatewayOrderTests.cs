using Headgate.Connector.Forwarding;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests.Forwarding;

public sealed class GatewayOrderTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly GatewayOrder _order;

    public GatewayOrderTests()
    {
        _order = new GatewayOrder(_time);
        _order.Begin(List(5, "gtw1", "gtw2", "gtw3"));
    }

    [Fact]
    public void InOrder_WhileNothingFails_IsByRank() => Check("gtw1", "gtw2", "gtw3");

    [Fact]
    public void InOrder_AfterAFailure_PutsItBehindForHalfAMinute()
    {
        _order.Failed("gtw1");
        Check("gtw2", "gtw3", "gtw1");
        _time.Advance(TimeSpan.FromSeconds(29));
        Check("gtw2", "gtw3", "gtw1");
        _time.Advance(TimeSpan.FromSeconds(1));
        Check("gtw1", "gtw2", "gtw3");
    }

    [Fact]
    public void WhyNow_Always_SaysWhyTheGatewayIsUsed()
    {
        var list = _order.List.Gateways;
        Assert.Equal(PathReasons.First, _order.WhyNow(list[0], []));
        Assert.Equal(PathReasons.Next, _order.WhyNow(list[1], ["gtw1"]));
        // gtw1 failed before, and so is not tried at all.
        Assert.Equal(PathReasons.Behind, _order.WhyNow(list[1], []));
        // A list whose first one another run was not given.
        _order.Begin(new GatewayList(6, false, [list[1], list[2]]));
        Assert.Equal(PathReasons.First, _order.WhyNow(list[1], []));
    }

    [Fact]
    public void InOrder_AfterFailuresOverAndOver_PutsItBehindForLongerUpToEightMinutes()
    {
        int[] seconds = [30, 60, 120, 240, 480, 480];
        foreach (var length in seconds)
        {
            _order.Failed("gtw1");
            _order.Failed("gtw1");
            _time.Advance(TimeSpan.FromSeconds(length - 1));
            Check("gtw2", "gtw3", "gtw1");
            _time.Advance(TimeSpan.FromSeconds(1));
            Check("gtw1", "gtw2", "gtw3");
        }
    }

    [Fact]
    public void InOrder_WhenItWorksAgain_IsByRank()
    {
        _order.Failed("gtw2");
        _order.Worked("gtw2");
        Check("gtw1", "gtw2", "gtw3");
    }

    [Fact]
    public void InOrder_WhenAllFailed_StillHasThemAll()
    {
        _order.Failed("gtw1");
        _order.Failed("gtw2");
        _order.Failed("gtw3");
        Check("gtw1", "gtw2", "gtw3");
    }

    [Fact]
    public void Take_OfAnOlderList_ChangesNothing()
    {
        _order.Take(List(4, "gtw9"));
        Check("gtw1", "gtw2", "gtw3");
        _order.Take(List(6, "gtw9"));
        Check("gtw9");
    }

    [Fact]
    public void Take_OfTheAnswerToWhatItHolds_CountsWhateverItsNumber()
    {
        _order.Take(List(4, "gtw9"), held: 5);
        Check("gtw9");
        // Another list came between question and answer: the answer is to something else.
        _order.Take(List(3, "gtw1"), held: 5);
        Check("gtw9");
        _order.Take(List(8, "gtw2"), held: 5);
        Check("gtw2");
    }

    [Fact]
    public void Begin_OfAnAttempt_ForgetsFailuresAndVersions()
    {
        _order.Failed("gtw1");
        _order.Begin(List(2, "gtw1", "gtw2"));
        Check("gtw1", "gtw2");
    }

    private static GatewayList List(long version, params string[] ids) =>
        new(version, false, [.. ids.Select((id, i) => new GatewayEntry(i + 1, id, "192.0.2.1", 6180, ""))]);

    private void Check(params string[] ids) => Assert.Equal(ids, _order.InOrder().Select(gateway => gateway.Gateway));
}
