using Headgate.Connector.Bootstrap;
using Headgate.Connector.Forwarding;
using Headgate.Connector.Resume;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests.Resume;

public sealed class GatewaySearchTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly GatewayOrder _order;
    private readonly ListRefresher _lists;
    private readonly GatewaySearch _search;
    private readonly CopyLimits _limits = new();
    private readonly List<string> _tried = [];
    private TaskCompletionSource<GatewayList> _next = new();
    private int _fetches;

    public GatewaySearchTests()
    {
        _order = new GatewayOrder(_time);
        _order.Begin(List(1, "gtw1", "gtw2", "gtw3"));
        _lists = new ListRefresher(_order, async token =>
        {
            Interlocked.Increment(ref _fetches);
            return await _next.Task.WaitAsync(token);
        });
        _search = new GatewaySearch(_order, _lists, _limits, _time, () => 0.5);
    }

    public ValueTask DisposeAsync() => _lists.DisposeAsync();

    [Fact]
    public async Task Find_WithAHead_TriesItBeforeTheOthersAndOnlyOnce()
    {
        Assert.Equal("gtw3", await FindAsync("gtw2", "gtw3"));
        Assert.Equal(["gtw2", "gtw1", "gtw3"], _tried);
        Assert.Equal(["gtw3", "gtw1", "gtw2"], _order.InOrder().Select(gateway => gateway.Gateway));
    }

    [Fact]
    public async Task Find_WithAHeadThatIsNotOnTheListAnyMore_GoesDownTheList()
    {
        Assert.Equal("gtw1", await FindAsync("gtw9", "gtw1"));
        Assert.Equal(["gtw1"], _tried);
    }

    [Fact]
    public async Task Find_WhenARoundHasNone_CyclesWithPausesThatDoubleUpToTheLongest()
    {
        using var stop = new CancellationTokenSource();
        var finding = FindAsync("gtw2", null, stop.Token);
        double[] pauses = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5];
        for (var round = 0; round < pauses.Length; round++)
        {
            await Until.TrueAsync(() => _tried.Count == 3 * (round + 1) && _time.NextIn is not null, () => string.Join(' ', _tried));
            Assert.Equal(TimeSpan.FromSeconds(pauses[round]), _time.NextIn);
            _time.Advance(_time.NextIn!.Value);
        }

        await Until.TrueAsync(() => Volatile.Read(ref _fetches) > 0, () => "no list was fetched");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => finding);
        Assert.Equal(["gtw2", "gtw1", "gtw3", "gtw1", "gtw2", "gtw3"], _tried.Take(6));
        Assert.Equal(1, _fetches);
    }

    [Fact]
    public void PauseAfter_IsSpreadByHalf()
    {
        var low = new GatewaySearch(_order, _lists, _limits, _time, () => 0);
        var high = new GatewaySearch(_order, _lists, _limits, _time, () => 0.999);
        Assert.Equal(TimeSpan.FromMilliseconds(50), low.PauseAfter(0));
        Assert.InRange(high.PauseAfter(0), TimeSpan.FromMilliseconds(149), TimeSpan.FromMilliseconds(150));
        Assert.InRange(high.PauseAfter(1_000_000), TimeSpan.FromSeconds(7.4), TimeSpan.FromSeconds(7.5));
    }

    [Fact]
    public async Task Find_WhenAListBringsAnotherGateway_DoesNotWaitForThePause()
    {
        var finding = FindAsync(null, "gtw4");
        await Until.TrueAsync(() => Volatile.Read(ref _fetches) == 1, () => $"{_fetches} fetches");
        _next.SetResult(List(2, "gtw4"));
        Assert.Equal("gtw4", await finding.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(["gtw1", "gtw2", "gtw3", "gtw4"], _tried);
    }

    [Fact]
    public async Task Find_WhenTheListCannotBeHad_GoesOnWithTheOneThereIs()
    {
        _next.SetException(new NoGatewayAnswersException("cc.demo.test", []));
        var rounds = 0;
        var found = _search.FindAsync<string>(
            null,
            (gateway, dial, _) =>
            {
                Assert.Equal(rounds < 3 ? _limits.FirstRound : _limits.LaterRounds, dial);
                return Task.FromResult(++rounds > 4 ? gateway.Gateway : null);
            },
            CancellationToken.None);
        await Until.TrueAsync(() => _time.NextIn is not null, () => "no pause");
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("gtw2", await found.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    private static GatewayList List(long version, params string[] gateways) =>
        new(version, false, [.. gateways.Select((gateway, at) => new GatewayEntry(at + 1, gateway, "192.0.2.1", 6180, ""))]);

    private Task<string> FindAsync(string? head, string? good, CancellationToken token = default) => _search.FindAsync<string>(
        head,
        (gateway, _, _) =>
        {
            _tried.Add(gateway.Gateway);
            return Task.FromResult(gateway.Gateway == good ? good : null);
        },
        token);
}
