using Headgate.Connector.Bootstrap;
using Headgate.Connector.Commands;
using Headgate.Connector.Failover;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests.Failover;

public sealed class JobRunnerTests : IDisposable
{
    private readonly FakeRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task RunAsync_WhenTheToolSucceeds_FinishesAndExpectsASnapshot()
    {
        _run.AddAttempt(0, lost: false);
        Assert.Equal(0, await _run.RunAsync());
        Assert.Equal(new FinishRequest(1, 0, false, true, null, _run.Finish!.Path), _run.Finish);
        Assert.Contains(_run.Said, line => line.StartsWith("run 3 of job nightly, attempt 1: gateways gtw1 > gtw2", StringComparison.Ordinal));
        Assert.Empty(_run.Pauses);
    }

    [Fact]
    public async Task RunAsync_WhenTheNetworkFailsTheTool_TriesAgainAfterTenMinutesUpToThreeTimes()
    {
        _run.AddAttempt(1);
        Assert.Equal(1, await _run.RunAsync());
        Assert.Equal(4, _run.ToolRuns);
        Assert.Equal([10, 10, 10], _run.Pauses.Select(pause => pause.TotalMinutes));
        Assert.Equal([1, 2, 3], _run.Nexts.Select(next => next.Attempt));
        Assert.All(_run.Nexts, next => Assert.Equal(1, next.ExitCode));
        Assert.Equal(4, _run.Finish!.Attempt);
        Assert.Contains("connections were lost", _run.Finish.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_WhileItWaits_ReportsRetryingEach15Seconds()
    {
        _run.AddAttempt(1);
        _run.AddAttempt(0);
        Assert.Equal(0, await _run.RunAsync());
        Assert.InRange(_run.Reports.Take(_run.ReportsWhenPauseEnded).Count(report => report.State == RunState.Retrying), 38, 40);
        Assert.All(_run.Reports, report => Assert.Equal(4, report.ListVersion));
    }

    [Fact]
    public async Task RunAsync_WhenStreamsWentOnElsewhere_SaysHowOftenAndHowLongInEveryReport()
    {
        _run.Attempts.Enqueue((record, _) =>
        {
            record.AddResume(TimeSpan.FromMilliseconds(200));
            record.AddResume(TimeSpan.FromMilliseconds(1300));
            record.AddLoss();
            return Task.FromResult(1);
        });
        _run.AddAttempt(0, lost: false);
        Assert.Equal(0, await _run.RunAsync());
        var waiting = _run.Reports[0];
        Assert.Equal((2, 1500, 1300), (waiting.Resumes, waiting.GapMilliseconds, waiting.LongestGapMilliseconds));
        var next = Assert.Single(_run.Nexts);
        Assert.Equal((2, 1500, 1300), (next.Resumes, next.GapMilliseconds, next.LongestGapMilliseconds));
        Assert.Equal((0, 0, 0), (_run.Finish!.Resumes, _run.Finish.GapMilliseconds, _run.Finish.LongestGapMilliseconds));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(2)]
    public async Task RunAsync_WhenResticSaysWhatNoNetworkCauses_EndsAtOnceWithItsCode(int code)
    {
        _run.AddAttempt(code);
        Assert.Equal(code, await _run.RunAsync());
        Assert.Equal(1, _run.ToolRuns);
        Assert.NotNull(_run.Finish!.Reason);
        Assert.False(_run.Finish.SnapshotExpected);
    }

    [Fact]
    public async Task RunAsync_WhenItFailsWithoutNetworkTrouble_DoesNotTryAgain()
    {
        _run.AddAttempt(1, lost: false);
        Assert.Equal(1, await _run.RunAsync());
        Assert.Equal(1, _run.ToolRuns);
        Assert.Contains("no connection was lost", _run.Finish!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_WhenResticWarns_IsFinishedWithItsCode()
    {
        _run.AddAttempt(3);
        Assert.Equal(3, await _run.RunAsync());
        Assert.Equal(1, _run.ToolRuns);
        Assert.True(_run.Finish!.SnapshotExpected);
    }

    [Fact]
    public async Task RunAsync_WhenNobodyAnswersAtFirst_WaitsSaysSoAndBegins()
    {
        _run.OpenFaults.Enqueue(FakeRun.Nobody());
        _run.OpenFaults.Enqueue(FakeRun.Refusal(ProblemCodes.RunLimit, "You run 2 jobs, which is your limit."));
        _run.AddAttempt(0);
        Assert.Equal(0, await _run.RunAsync());
        Assert.Equal(3, _run.Opened);
        Assert.Contains(_run.Said, line => line.Contains("192.0.2.1:6180: connection refused", StringComparison.Ordinal) && line.EndsWith("Retry 1 of 3", StringComparison.Ordinal));
        Assert.Contains(_run.Said, line => line.EndsWith("which is your limit. Retry 2 of 3", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_WhenNobodyEverAnswers_FailsAfterTheRetries()
    {
        for (var i = 0; i < 4; i++)
        {
            _run.OpenFaults.Enqueue(FakeRun.Nobody());
        }

        var failure = await Assert.ThrowsAsync<NoGatewayAnswersException>(() => _run.RunAsync());
        Assert.Equal(ExitCodes.NoGatewayAnswers, failure.ExitCode);
        Assert.Equal(4, _run.Opened);
        Assert.Equal(0, _run.ToolRuns);
    }

    [Theory]
    [InlineData(ProblemCodes.TenantDisabled)]
    [InlineData(ProblemCodes.LeaseEnded)]
    [InlineData(ProblemCodes.NoQuota)]
    [InlineData(ProblemCodes.Revoked)]
    [InlineData(ProblemCodes.QuotaExceeded)]
    public async Task RunAsync_WhenRefusedForGood_NeverWaits(string code)
    {
        _run.OpenFaults.Enqueue(FakeRun.Refusal(code, "No.", retry: true));
        var refusal = await Assert.ThrowsAsync<ProblemException>(() => _run.RunAsync());
        Assert.Equal(ExitCodes.Refused, JobRunner.CodeOf(refusal));
        Assert.Empty(_run.Pauses);
    }

    [Fact]
    public async Task RunAsync_WhenTheNextAttemptIsRefused_EndsWithTheSentence()
    {
        _run.AddAttempt(1);
        _run.NextFaults.Enqueue(FakeRun.Refusal(ProblemCodes.QuotaExceeded, "Your quota of 20.0 GiB is used up."));
        Assert.Equal(ExitCodes.Refused, await _run.RunAsync());
        Assert.Equal(1, _run.ToolRuns);
        Assert.Equal("Your quota of 20.0 GiB is used up.", _run.Finish!.Reason);
    }

    [Fact]
    public async Task RunAsync_WhenNobodyAnswersForTheNextAttempt_UsesRetriesAndKeepsTheToolsCode()
    {
        _run.AddAttempt(1);
        for (var i = 0; i < 3; i++)
        {
            _run.NextFaults.Enqueue(FakeRun.Nobody());
        }

        Assert.Equal(1, await _run.RunAsync());
        Assert.Equal(1, _run.ToolRuns);
        Assert.Equal(3, _run.Pauses.Count);
    }

    [Fact]
    public async Task RunAsync_WhenTheProviderSaysStop_EndsTheToolAndTheRun()
    {
        _run.OnProgress = () => new ProgressAnswer(true, "The tenant was disabled.", null);
        _run.Attempts.Enqueue(async (_, stop) =>
        {
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 130;
        });
        Assert.Equal(ExitCodes.Refused, await _run.RunAsync());
        Assert.Equal("The tenant was disabled.", _run.Finish!.Reason);
        Assert.False(_run.Finish.Cancelled);
    }

    [Fact]
    public async Task RunAsync_WhenTheRepositoryRefuses_EndsTheToolAndTheRun()
    {
        _run.Attempts.Enqueue(async (record, stop) =>
        {
            record.Refuse("Repository nas1 refused this machine.");
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 1;
        });
        Assert.Equal(ExitCodes.Refused, await _run.RunAsync());
        Assert.Equal("Repository nas1 refused this machine.", _run.Finish!.Reason);
    }

    [Fact]
    public async Task RunAsync_WhileTheProviderIsAway_GoesOn()
    {
        var reports = 0;
        var done = new TaskCompletionSource<int>();
        _run.OnProgress = () =>
        {
            if (++reports == 5)
            {
                done.SetResult(0);
            }

            throw FakeRun.Nobody();
        };
        _run.Attempts.Enqueue((_, _) => done.Task);
        Assert.Equal(0, await _run.RunAsync());
        Assert.Equal(5, reports);
    }

    [Fact]
    public async Task RunAsync_WhenAReportBringsANewerList_UsesItForNewConnections()
    {
        var done = new TaskCompletionSource<int>();
        var newer = new GatewayList(9, false, [new GatewayEntry(1, "gtw7", "192.0.2.7", 6180, "")]);
        _run.OnProgress = () =>
        {
            done.TrySetResult(0);
            return new ProgressAnswer(false, null, newer);
        };
        _run.Attempts.Enqueue((_, _) => done.Task);
        await _run.RunAsync();
        Assert.Equal("gtw7", Assert.Single(_run.Order.InOrder()).Gateway);
    }

    [Fact]
    public async Task RunAsync_WhenAReportIsLost_TellsHowGatewaysDidWithTheNext()
    {
        var done = new TaskCompletionSource<int>();
        _run.OnProgress = () =>
        {
            if (_run.Reports.Count == 1)
            {
                throw FakeRun.Nobody();
            }

            if (_run.Reports.Count == 3)
            {
                _run.Record.AddTrials("gtw2", ["gtw1"]);
                done.TrySetResult(0);
            }

            return new ProgressAnswer(false, null, null);
        };
        _run.Attempts.Enqueue((record, _) =>
        {
            record.AddTrials("gtw2", ["gtw1"]);
            return done.Task;
        });
        await _run.RunAsync();
        Assert.Equal([1, 1, null], _run.Reports.Take(3).Select(report => report.Trials is { } trials ? (int?)Assert.Single(trials).Failed : null));
        Assert.Equal(new GatewayTrial("gtw1", 0, 1), Assert.Single(_run.Finish!.Trials!));
    }

    [Theory]
    [InlineData(9)]
    [InlineData(2)]
    public async Task RunAsync_WhenAReportBroughtAnotherList_SaysSoFromThenOnAndIsNotToldAgain(long version)
    {
        // A lower number as well: the silo's clock was set back, or the tenant got other pools.
        var done = new TaskCompletionSource<int>();
        var lists = 0;
        _run.OnProgress = () =>
        {
            if (_run.Reports.Count == 4)
            {
                done.TrySetResult(0);
            }

            // As the silo does: a list goes to whoever holds another one.
            var holds = _run.Reports[^1].ListVersion;
            lists += holds == version ? 0 : 1;
            return new ProgressAnswer(false, null, holds == version ? null : new GatewayList(version, false, [new GatewayEntry(1, "gtw7", "192.0.2.7", 6180, "")]));
        };
        _run.Attempts.Enqueue((_, _) => done.Task);
        await _run.RunAsync();
        Assert.Equal("gtw7", Assert.Single(_run.Order.InOrder()).Gateway);
        Assert.Equal([4, version, version, version], _run.Reports.Take(4).Select(report => report.ListVersion));
        Assert.Equal(1, lists);
    }

    [Fact]
    public async Task RunAsync_WhenTheUserStopsTheTool_IsCancelled()
    {
        using var stop = new CancellationTokenSource();
        _run.Attempts.Enqueue(async (_, token) =>
        {
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 130;
        });
        Assert.Equal(ExitCodes.Cancelled, await _run.RunAsync(stop.Token));
        Assert.True(_run.Finish!.Cancelled);
        Assert.Equal(130, _run.Finish.ExitCode);
    }

    [Fact]
    public async Task RunAsync_WhenTheUserStopsTheWait_IsCancelledAndSaysSo()
    {
        using var stop = new CancellationTokenSource();
        _run.AddAttempt(1);
        _run.OnProgress = () =>
        {
            stop.Cancel();
            return new ProgressAnswer(false, null, null);
        };
        Assert.Equal(ExitCodes.Cancelled, await _run.RunAsync(stop.Token));
        Assert.True(_run.Finish!.Cancelled);
        Assert.Equal(1, _run.ToolRuns);
    }

    [Fact]
    public async Task RunAsync_WhenStoppingIsHowItEnds_IsDone()
    {
        using var stop = new CancellationTokenSource();
        _run.Plan = _run.Plan with { Stop = StopMeaning.Ends };
        _run.Attempts.Enqueue(async (_, _) =>
        {
            await stop.CancelAsync();
            return 0;
        });
        Assert.Equal(0, await _run.RunAsync(stop.Token));
        Assert.False(_run.Finish!.Cancelled);
    }

    [Fact]
    public async Task RunAsync_WhenTheEndCannotBeTold_SaysSoAndKeepsTheToolsCode()
    {
        _run.AddAttempt(3);
        _run.FinishFault = FakeRun.Nobody();
        Assert.Equal(3, await _run.RunAsync());
        Assert.Contains(_run.Said, line => line.Contains("could not be told", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunAsync_WhenTheProviderIsAwayAtTheEnd_TellsItWhenItIsBack(bool answers)
    {
        _run.AddAttempt(0, lost: false);
        _run.FinishFault = answers ? FakeRun.Refusal(ProblemCodes.Unavailable, "Starting.", retry: true) : FakeRun.Nobody();
        _run.FinishFaults = 10;
        Assert.Equal(0, await _run.RunAsync());
        Assert.Contains(_run.Said, line => line.StartsWith("run 3 of job nightly succeeded", StringComparison.Ordinal));
        Assert.DoesNotContain(_run.Said, line => line.Contains("could not be told", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_WhenTheEndIsRefusedForGood_DoesNotAskAgain()
    {
        _run.AddAttempt(0, lost: false);
        _run.FinishFault = FakeRun.Refusal(ProblemCodes.RunClosed, "The run ended already.");
        _run.FinishFaults = 1;
        Assert.Equal(0, await _run.RunAsync());
        Assert.Contains(_run.Said, line => line.Contains("could not be told: The run ended already.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_WhenTheToolCannotStart_TellsTheProvider()
    {
        _run.Attempts.Enqueue((_, _) => Task.FromException<int>(new ConnectorFailureException(ExitCodes.ToolNotExecutable, "'x' cannot be started.")));
        Assert.Equal(ExitCodes.ToolNotExecutable, await _run.RunAsync());
        Assert.Null(_run.Finish!.ExitCode);
        Assert.Equal("'x' cannot be started.", _run.Finish.Reason);
    }
}
