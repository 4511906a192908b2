using System.Text.Json;
using Headgate.Connector.Commands;
using Headgate.Connector.Failover;
using Headgate.Connector.Jobs;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests.Failover;

/// <summary>Ends that a run could not tell, or that an earlier run of the machine left.</summary>
public sealed class LateEndTests : IDisposable
{
    private static readonly FinishRequest s_end = new(1, 0, false, true, null, [new PathEntry("gtw1", 5, 100, 10)]);

    private readonly FakeRun _run = new();

    private string[] Kept => Directory.Exists(_run.EndsPath) ? [.. Directory.GetFiles(_run.EndsPath).Select(file => Path.GetFileName(file)!)] : [];

    public void Dispose() => _run.Dispose();

    private UntoldEnd Read() => JsonSerializer.Deserialize(File.ReadAllText(Path.Combine(_run.EndsPath, "nightly-3.json")), JobJson.Default.UntoldEnd)!;

    [Fact]
    public async Task RunAsync_WhenTheToolEnds_KeepsTheEndBeforeItTellsAndForgetsItAfter()
    {
        UntoldEnd? kept = null;
        _run.OnFinish = () => kept = Read();
        _run.AddAttempt(0, lost: false);
        Assert.Equal(0, await _run.RunAsync());
        Assert.Equal((FakeRun.Connector, "nightly", 3L), (kept!.Connector, kept.Job, kept.Run));
        Assert.Equivalent(_run.Finish, kept.Request, strict: true);
        Assert.Null(_run.Finish!.EndedAgoMilliseconds);
        Assert.Empty(Kept);
    }

    [Fact]
    public async Task RunAsync_WhileItRunsOrWaits_KeepsWhatIsToBeToldIfItIsKilled()
    {
        var seen = new List<FinishRequest>();
        _run.Attempts.Enqueue(async (record, stop) =>
        {
            seen.Add(Read().Request);
            record.AddLoss();
            record.Of("gtw1").AddConnection("first");
            await Until.TrueAsync(() => Read().Request.Path.Count > 0, () => "the path is not kept");
            seen.Add(Read().Request);
            Assert.Contains("nightly-3.lock", Kept);
            await _run.Ends.TellAsync(_run, "nightly", stop);
            Assert.Equal(["open nightly"], _run.Asked);
            return 1;
        });
        _run.Attempts.Enqueue((_, _) =>
        {
            seen.Add(Read().Request);
            return Task.FromResult(0);
        });
        var waiting = new List<FinishRequest>();
        _run.OnProgress = () =>
        {
            waiting.Add(Read().Request);
            return new Protocol.Tenant.ProgressAnswer(false, null, null);
        };
        Assert.Equal(0, await _run.RunAsync());

        var killed = new FinishRequest(1, null, false, false, JobRunner.Killed, []);
        Assert.Equivalent(killed, seen[0], strict: true);
        Assert.Equal("gtw1", Assert.Single(seen[1].Path).Gateway);
        Assert.Equal((1, JobRunner.Killed), waiting.Where(told => told.Attempt == 1).Select(told => (told.ExitCode, told.Reason)).Last());
        Assert.Equal((2, (int?)null, JobRunner.Killed), (seen[2].Attempt, seen[2].ExitCode, seen[2].Reason));
        Assert.Equal(["open nightly", "finish nightly 3"], _run.Asked);
        Assert.Empty(Kept);
    }

    [Fact]
    public async Task RunAsync_WhenItsEndCannotBeWritten_KeepsNoWordThatItWasKilled()
    {
        var other = Path.Combine(_run.EndsPath, $"nightly-3.json.{Environment.ProcessId}");
        _run.Attempts.Enqueue((_, _) =>
        {
            Directory.CreateDirectory(other);
            return Task.FromResult(0);
        });
        _run.FinishFault = FakeRun.Nobody();
        Assert.Equal(0, await _run.RunAsync());
        Assert.Empty(Kept);
        Assert.Contains(_run.Said, line => line.Contains("The service provider could not be told: No gateway answers", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_WhenTheProviderIsAwayTooLong_KeepsTheEndAndSaysThatItIsToldLater()
    {
        _run.AddAttempt(0, lost: false);
        _run.FinishFault = FakeRun.Nobody();
        Assert.Equal(0, await _run.RunAsync());
        Assert.Equal(["nightly-3.json"], Kept);
        Assert.Contains(_run.Said, line => line.Contains("could not be told, and is told later, by this machine's next run or its service: No gateway answers", StringComparison.Ordinal));

        // Each time it is told how long ago it was.
        Assert.Null(_run.Finishes[0].EndedAgoMilliseconds);
        Assert.Equal([2000, 4000, 6000], _run.Finishes.Skip(1).Take(3).Select(finish => finish.EndedAgoMilliseconds));
    }

    [Fact]
    public async Task RunAsync_WhenAnEarlierEndIsUntold_TellsItBeforeItOpens()
    {
        _run.Ends.TryKeep("weekly", 4, s_end);
        _run.Ends.TryKeep("nightly", 2, s_end);
        _run.Time.Advance(TimeSpan.FromMinutes(10));
        _run.Ends.TryKeep("hourly", 9, s_end);
        _run.AddAttempt(1, lost: false);
        Assert.Equal(1, await _run.RunAsync());

        // Its own job's first. Who ran the hourly job may be telling that end just now.
        Assert.Equal(["finish nightly 2", "finish weekly 4", "open nightly", "finish nightly 3"], _run.Asked);
        Assert.Equivalent(s_end with { EndedAgoMilliseconds = 600_000 }, _run.Finishes[0], strict: true);
        Assert.Equal(["hourly-9.json"], Kept);
        Assert.Contains("run 2 of job nightly succeeded: the service provider was told late.", _run.Said);
    }

    [Fact]
    public async Task RunAsync_WhenTheProviderIsAwayAtFirst_TellsBeforeTheTryThatOpens()
    {
        _run.Ends.TryKeep("nightly", 2, s_end);
        _run.FinishFault = FakeRun.Nobody();
        _run.FinishFaults = 1;
        _run.OpenFaults.Enqueue(FakeRun.Nobody());
        _run.AddAttempt(0, lost: false);
        Assert.Equal(0, await _run.RunAsync());
        Assert.Equal(["finish nightly 2", "open nightly", "finish nightly 2", "open nightly", "finish nightly 3"], _run.Asked);
        Assert.Empty(Kept);
    }

    [Fact]
    public async Task RunAsync_WhenTheProviderDoesNotAnswer_OpensAllTheSame()
    {
        _run.Ends.TryKeep("nightly", 2, s_end);
        _run.FinishFault = FakeRun.Refusal(ProblemCodes.Unavailable, "Starting.", retry: true);
        _run.FinishFaults = 1;
        _run.AddAttempt(0, lost: false);
        Assert.Equal(0, await _run.RunAsync());
        Assert.Equal(["finish nightly 2", "open nightly", "finish nightly 3"], _run.Asked);
        Assert.Equal(["nightly-2.json"], Kept);
        Assert.Empty(_run.Pauses);
    }

    [Fact]
    public async Task RunAsync_WhenTheEarlierEndIsNeverAnswered_OpensAfterTenSeconds()
    {
        _run.Ends.TryKeep("nightly", 2, s_end);
        _run.Unanswered = 2;
        var began = _run.Time.GetUtcNow();
        _run.AddAttempt(0, lost: false);
        Assert.Equal(0, await _run.RunAsync());
        Assert.Equal(TimeSpan.FromSeconds(10), _run.OpenedAt - began);
        Assert.Equal(["finish nightly 2", "open nightly", "finish nightly 3"], _run.Asked);
        Assert.Equal(["nightly-2.json"], Kept);
    }

    [Fact]
    public async Task RunAsync_WhenTheEarlierEndIsRefusedForGood_ForgetsIt()
    {
        _run.Ends.TryKeep("nightly", 2, s_end);
        _run.FinishFault = FakeRun.Refusal(ProblemCodes.RunClosed, "There is no run 2.");
        _run.FinishFaults = 1;
        _run.AddAttempt(0, lost: false);
        Assert.Equal(0, await _run.RunAsync());
        Assert.Empty(Kept);
        Assert.Contains("run 2 of job nightly: the service provider does not take its end any more: There is no run 2.", _run.Said);
    }

    [Fact]
    public async Task RunAsync_WhenItsEndIsRefusedForGood_ForgetsIt()
    {
        _run.AddAttempt(0, lost: false);
        _run.FinishFault = FakeRun.Refusal(ProblemCodes.RunClosed, "The run ended already.");
        Assert.Equal(0, await _run.RunAsync());
        Assert.Empty(Kept);
        Assert.DoesNotContain(_run.Said, line => line.Contains("told later", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunAsync_WhenTheFolderCannotBeWritten_SaysItOnceAndTellsAllTheSame(bool answers)
    {
        // Where the folder should be is a file.
        await File.WriteAllTextAsync(_run.EndsPath, "");
        _run.AddAttempt(0, lost: false);
        _run.FinishFault = answers ? null : FakeRun.Nobody();
        Assert.Equal(0, await _run.RunAsync());
        Assert.Single(_run.Said, line => line.StartsWith("what becomes of runs cannot be written down, and they go on: ", StringComparison.Ordinal));
        Assert.Equal(answers ? 0 : 1, _run.Said.Count(line => line.Contains("The service provider could not be told: No gateway", StringComparison.Ordinal)));
        Assert.Contains(answers ? "run 3 of job nightly succeeded: 1 attempt, 0 s" : "run 3 of job nightly, attempt 1: gateways gtw1 > gtw2", _run.Said);
    }

    [Fact]
    public async Task RunAsync_WhenItsCertificateIsRefusedAtTheEnd_KeepsTheEnd()
    {
        _run.AddAttempt(0, lost: false);
        _run.FinishFault = new ConnectorFailureException(ExitCodes.Refused, "Enrol again.");
        Assert.Equal(0, await _run.RunAsync());
        Assert.Equal(["nightly-3.json"], Kept);
    }
}
