using System.Net;
using Headgate.Connector.Jobs;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests.Jobs;

/// <summary>When the provider is told what is planned.</summary>
public sealed class PlanTellerTests
{
    private static readonly PlannedJob s_nightly = new("nightly", JobKind.Copy, "nas1", "30 2 * * *", new DateTimeOffset(2030, 1, 2, 2, 30, 0, TimeSpan.Zero));
    private readonly ManualTimeProvider _time = new();
    private readonly List<string> _said = [];
    private readonly List<PlansRequest> _told = [];
    private IReadOnlyList<PlannedJob>? _plans;
    private Func<PlansAnswer> _answer = () => new PlansAnswer([]);

    [Fact]
    public async Task RunAsync_WhenPlansChange_TellsAllOfThemOnceEach()
    {
        using var stop = new CancellationTokenSource();
        var telling = Start(stop.Token);
        await PassAsync(5);
        Assert.Empty(_told);

        // None at first is told too: jobs may have gone while no service ran.
        _plans = [];
        await PassAsync(5);
        Assert.Empty(Assert.Single(_told).Plans);
        _plans = [s_nightly];
        await PassAsync(15);
        _plans = [s_nightly with { }];
        await PassAsync(15);
        Assert.Equal(2, _told.Count);
        Assert.Equal([s_nightly], _told[1].Plans);
        await stop.CancelAsync();
        await telling;
    }

    [Fact]
    public async Task RunAsync_WhenPlansChangeEachSecond_TellsTheLatestAtMostEveryTenSeconds()
    {
        using var stop = new CancellationTokenSource();
        _plans = [s_nightly];
        var telling = Start(stop.Token);
        for (var second = 0; second < 60; second++)
        {
            _plans = [s_nightly with { Next = s_nightly.Next.AddSeconds(second) }];
            await PassAsync(1);
        }

        Assert.InRange(_told.Count, 5, 7);
        await PassAsync(15);
        Assert.Equal(_plans, _told[^1].Plans);
        await stop.CancelAsync();
        await telling;
    }

    [Fact]
    public async Task RunAsync_WhenTheProviderIsAway_TriesAgainAndSaysItOnce()
    {
        using var stop = new CancellationTokenSource();
        _plans = [s_nightly];
        _answer = () => throw new ProblemException(HttpStatusCode.ServiceUnavailable, new ProblemAnswer { Detail = "Away." });
        var telling = Start(stop.Token);
        await PassAsync(65);
        Assert.InRange(_told.Count, 2, 3);
        Assert.Contains("told later: Away.", Assert.Single(_said), StringComparison.Ordinal);
        _answer = () => new PlansAnswer([new RefusedPlan("nightly", "Another's.")]);
        await PassAsync(35);
        var count = _told.Count;
        Assert.Contains("does not take the plan of job nightly: Another's.", _said[1], StringComparison.Ordinal);
        await PassAsync(120);
        Assert.Equal(count, _told.Count);
        await stop.CancelAsync();
        await telling;
    }

    [Fact]
    public async Task RunAsync_WhenTheProviderDoesNotKnowPlans_AsksNoMoreForHours()
    {
        using var stop = new CancellationTokenSource();
        _plans = [s_nightly];
        _answer = () => throw new ProblemException(HttpStatusCode.NotFound, new ProblemAnswer());
        var telling = Start(stop.Token);
        await PassAsync(5);
        _plans = [s_nightly with { Next = s_nightly.Next.AddDays(1) }];
        await PassAsync(300);
        Assert.Single(_told);
        Assert.Contains("run all the same", Assert.Single(_said), StringComparison.Ordinal);
        await stop.CancelAsync();
        await telling;
    }

    private Task Start(CancellationToken stop) => new PlanTeller(
        () => _plans,
        (request, _) =>
        {
            _told.Add(request);
            return Task.FromResult(_answer());
        },
        _said.Add,
        _time).RunAsync(stop);

    /// <summary>Seconds go by, each after the loop waits for it.</summary>
    private async Task PassAsync(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            await Until.TrueAsync(() => _time.NextIn is not null, () => "the loop waits for nothing");
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await Until.TrueAsync(() => _time.NextIn is not null, () => "the loop waits for nothing");
    }
}
