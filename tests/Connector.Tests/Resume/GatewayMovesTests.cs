using Headgate.Connector.Resume;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests.Resume;

public sealed class GatewayMovesTests
{
    private static readonly RunTicket s_run = new("nightly", 7, 1, "", "nas1", new GatewayList(1, false, []));
    private static readonly TimeSpan s_gap = TimeSpan.FromMilliseconds(440);
    private readonly ManualTimeProvider _time = new();
    private readonly List<string> _said = [];
    private readonly GatewayMoves _moves;

    public GatewayMovesTests() => _moves = new GatewayMoves(new CopyLimits(), _time, _said.Add);

    [Fact]
    public async Task Join_WhileTheLeaderLooksAndForASecondAfter_GivesItsWay()
    {
        var began = _time.GetTimestamp();
        var move = _moves.Join("gtw1", began, out var leads);
        Assert.True(leads);
        var waiting = _moves.Join("gtw1", began, out leads);
        Assert.False(leads);
        Assert.False(waiting.To.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(3));
        _moves.Settle(move, s_run, "gtw1", "gtw2", s_gap);
        Assert.Equal("gtw2", await waiting.To);
        _time.Advance(TimeSpan.FromMilliseconds(900));
        Assert.Equal("gtw2", await _moves.Join("gtw1", began, out leads).To);
        Assert.False(leads);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        _moves.Join("gtw1", began, out leads);
        Assert.True(leads);
        Assert.Equal(["run 7 of job nightly moved from gtw1 to gtw2 after a gap of 0.4 s"], _said);
    }

    [Fact]
    public void Join_ForALegThatBeganAfterwards_IsAnotherMove()
    {
        var move = _moves.Join("gtw1", _time.GetTimestamp(), out _);
        _moves.Settle(move, s_run, "gtw1", "gtw1", s_gap);
        _moves.Join("gtw1", _time.GetTimestamp(), out var leads);
        Assert.True(leads);
        Assert.Empty(_said);
    }

    [Fact]
    public async Task GiveUp_LetsTheOthersLookForThemselves()
    {
        var move = _moves.Join("gtw1", 0, out _);
        var waiting = _moves.Join("gtw1", 0, out _);
        _moves.GiveUp(move);
        Assert.Null(await waiting.To);
        _moves.Join("gtw1", 0, out var leads);
        Assert.True(leads);
    }

    [Fact]
    public void Settle_OfTheSameMoveByAStreamThatComesLater_IsSaidOnce()
    {
        Move("gtw1", "gtw2");
        Move("gtw1", "gtw2");
        Move("gtw2", "gtw1");
        Move("gtw1", "gtw2");
        Assert.Equal(3, _said.Count);
    }

    private void Move(string from, string to)
    {
        _time.Advance(TimeSpan.FromSeconds(5));
        _moves.Settle(_moves.Join(from, _time.GetTimestamp(), out _), s_run, from, to, s_gap);
    }
}
