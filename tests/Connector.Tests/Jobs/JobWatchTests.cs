using Headgate.Connector.Bootstrap;
using Headgate.Connector.Commands;
using Headgate.Connector.Jobs;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests.Jobs;

/// <summary>The rules for a job in the service's hands: due while it runs, missed, killed, set up anew.</summary>
public sealed class JobWatchTests : IDisposable
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly TemporaryFolder _folder = new();
    private readonly List<FakeRun> _runs = [];
    private readonly List<string> _said = [];
    private readonly JobStore _store;
    private string? _fault;

    public JobWatchTests() => _store = new JobStore(new StateFolder(_folder.Path));

    [Fact]
    public void Step_WhenDueWhileItRuns_LeavesThatOut()
    {
        using var watch = Watch(Job(OverlapRule.Skip));
        watch.Step(s_start.AddMinutes(10));
        watch.Step(s_start.AddMinutes(20));
        Assert.Single(_runs);
        Assert.Contains("left out: the run before was still going on", _said[^1], StringComparison.Ordinal);
        Assert.Equal(s_start.AddMinutes(20), _store.RecordOf("nightly").Skipped!.Due);
        _runs[0].End(0);
        watch.Step(s_start.AddMinutes(21));
        Assert.Single(_runs);
        watch.Step(s_start.AddMinutes(30));
        Assert.Equal(2, _runs.Count);
    }

    [Fact]
    public void Step_WhenDueTwiceWhileItRunsAndQueued_RunsOnceRightAfter()
    {
        using var watch = Watch(Job(OverlapRule.Queue));
        watch.Step(s_start.AddMinutes(10));
        watch.Step(s_start.AddMinutes(20));
        watch.Step(s_start.AddMinutes(30));
        Assert.Single(_runs);
        _runs[0].End(0);
        watch.Step(s_start.AddMinutes(31));
        Assert.Equal(2, _runs.Count);
        _runs[1].End(0);
        watch.Step(s_start.AddMinutes(32));
        Assert.Equal(2, _runs.Count);
    }

    [Fact]
    public void Step_WhenAnotherProcessRunsIt_CountsAsRunning()
    {
        using var watch = Watch(Job(OverlapRule.Skip));
        using (_store.TryLock("nightly"))
        {
            watch.Step(s_start.AddMinutes(10));
            Assert.Empty(_runs);
        }

        watch.Step(s_start.AddMinutes(20));
        Assert.Single(_runs);
    }

    [Fact]
    public void Step_WhenTheServiceComesBack_DoesNotRepeatWhatWasDealtWith()
    {
        using (var first = Watch(Job(OverlapRule.Skip)))
        {
            first.Step(s_start.AddMinutes(10));
            _runs[0].End(0);
        }

        using var second = Watch(_store.Get("nightly"));
        second.Step(s_start.AddMinutes(10).AddSeconds(30));
        Assert.Single(_runs);
        second.Step(s_start.AddMinutes(50));
        Assert.Equal(2, _runs.Count);
        second.Step(s_start.AddMinutes(125));
        Assert.Equal(s_start.AddMinutes(120), _store.RecordOf("nightly").Accounted);
        Assert.Contains("left out", _said[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Step_WhenTheServiceComesBackWithOneQueued_RunsIt()
    {
        using (var first = Watch(Job(OverlapRule.Queue)))
        {
            first.Step(s_start.AddMinutes(10));
            first.Step(s_start.AddMinutes(20));
            Assert.Single(_runs);
        }

        using var second = Watch(_store.Get("nightly"));
        second.Step(s_start.AddMinutes(22));
        Assert.Equal(2, _runs.Count);
        Assert.Equal(s_start.AddMinutes(20), _store.RecordOf("nightly").Accounted);
    }

    [Theory]
    [InlineData(ExitCodes.HookFailed)]
    [InlineData(ExitCodes.StateFolder)]
    [InlineData(ExitCodes.NoGatewayAnswers)]
    public void Step_WhenARunEndsBeforeItCouldBegin_TellsThatItsTimeWasLeftOut(int code)
    {
        using var watch = Watch(Job(OverlapRule.Skip));
        watch.Step(s_start.AddMinutes(10).AddSeconds(5));
        _runs[0].End(code);
        _store.Change("nightly", record => record with { Last = new EndedRun(s_start.AddMinutes(10), s_start.AddMinutes(11), code, "x", "No disk.") });
        watch.Step(s_start.AddMinutes(11));
        Assert.Equal(s_start.AddMinutes(10), watch.View.Skipped!.Due);
        Assert.Contains(FormattableString.Invariant($"exit code {code}"), watch.View.Skipped.Why, StringComparison.Ordinal);
        Assert.Equal(watch.View.Skipped, _store.RecordOf("nightly").Skipped);
        using (var afterARestart = Watch(_store.Get("nightly")))
        {
            Assert.Equal(watch.View.Skipped, afterARestart.View.Skipped);
        }

        watch.Step(s_start.AddMinutes(20));
        Assert.Null(watch.View.Skipped);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(ExitCodes.RefusedForNow)]
    public void Step_WhenARunThatTheProviderHadEnds_TellsOfNothingLeftOut(int code)
    {
        using var watch = Watch(Job(OverlapRule.Skip));
        watch.Step(s_start.AddMinutes(10));
        _store.Change("nightly", record => record with { Last = new EndedRun(s_start.AddMinutes(10), s_start.AddMinutes(11), code, "x", null) });
        _runs[0].End(code);
        watch.Step(s_start.AddMinutes(11));
        Assert.Null(watch.View.Skipped);
    }

    [Fact]
    public void Step_WhenNoProcessCanBeStarted_TriesAgainEachMinuteAndKeepsTheDueTime()
    {
        using var watch = Watch(Job(OverlapRule.Skip));
        _fault = "No memory.";
        for (var second = 0; second < 150; second++)
        {
            watch.Step(s_start.AddMinutes(10).AddSeconds(second));
        }

        Assert.Equal(3, _said.Count(said => said.Contains("No memory.", StringComparison.Ordinal)));
        Assert.Null(_store.RecordOf("nightly").Accounted);
        _fault = null;
        watch.Step(s_start.AddMinutes(13));
        watch.Step(s_start.AddMinutes(15));
        Assert.Single(_runs);
        Assert.Equal(s_start.AddMinutes(10), _store.RecordOf("nightly").Accounted);
    }

    [Fact]
    public void Step_WhenTheRecordCannotBeReadOrWritten_SaysSoAndRunsAllTheSame()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "jobs", "nightly.record.json"));
        using var watch = Watch(Job(OverlapRule.Skip));
        watch.Step(s_start.AddMinutes(10));
        Assert.Single(_runs);
        Assert.Contains(_said, said => said.Contains("so far is not known", StringComparison.Ordinal));
        Assert.Contains(_said, said => said.Contains("cannot be written down", StringComparison.Ordinal));
        Assert.Null(KilledRuns.Settle(_store, "nightly", s_start, _said.Add));
    }

    [Fact]
    public void TakeOver_WhenSetUpAnew_KnowsTheRunUnderWay()
    {
        var before = Watch(Job(OverlapRule.Skip));
        before.Step(s_start.AddMinutes(10));
        using var after = Watch(Job(OverlapRule.Skip) with { Added = s_start.AddMinutes(15) });
        after.TakeOver(before);
        after.Step(s_start.AddMinutes(20));
        Assert.Single(_runs);
        Assert.NotNull(after.Run);
    }

    [Fact]
    public void Settle_WhenTheProcessOfARunIsNoMore_WritesDownThatItWasKilled()
    {
        _store.Change("nightly", record => record with { Running = new RunningRun(s_start, 12345, "2026-01-01T00-00-00Z") });
        var killed = KilledRuns.Settle(_store, "nightly", s_start.AddHours(1), _said.Add);
        Assert.NotNull(killed);
        Assert.Contains("did not end in order", KilledRuns.Sentence("nightly", killed), StringComparison.Ordinal);
        var record = _store.RecordOf("nightly");
        Assert.Null(record.Running);
        Assert.Null(record.Last!.ExitCode);
        Assert.Null(KilledRuns.Settle(_store, "nightly", s_start.AddHours(2), _said.Add));
    }

    [Fact]
    public void Save_WhenWritten_IsForTheOwnerAloneAndComesBackWhole()
    {
        var job = Job(OverlapRule.Queue) with { Before = "mount /backup", EnvironmentFile = "/etc/headgate/nightly.env", Jitter = TimeSpan.FromMinutes(15) };
        _store.Save(job);
        Assert.Equivalent(job, _store.Get("nightly"), strict: true);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_folder.Path, "jobs")))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(file));
        }

        Assert.Equal(["nightly"], _store.Names());
        _store.Remove("nightly");
        Assert.Empty(_store.Names());
    }

    public void Dispose() => _folder.Dispose();

    private static JobDefinition Job(OverlapRule overlap) => new()
    {
        Job = "nightly",
        Run = new ToolRun { Kind = JobKind.Copy, Repository = "nas1", Words = ["restic", "backup", "/home"] },
        Schedule = "*/10 * * * *",
        Folder = "/",
        Overlap = overlap,
        Added = s_start,
    };

    private JobWatch Watch(JobDefinition job)
    {
        _store.Save(job);
        return new JobWatch(job, default, TimeZoneInfo.Utc, "acme/pc1", _store, new Starter(this), _said.Add);
    }

    private sealed class Starter(JobWatchTests tests) : IRunStarter
    {
        public IStartedRun Start(string job)
        {
            if (tests._fault is { } fault)
            {
                throw new ConnectorFailureException(ExitCodes.Internal, fault);
            }

            tests._runs.Add(new FakeRun());
            return tests._runs[^1];
        }
    }

    private sealed class FakeRun : IStartedRun
    {
        public bool HasEnded { get; private set; }

        public int ExitCode { get; private set; }

        public void End(int code) => (HasEnded, ExitCode) = (true, code);

        public Task StopAsync(TimeSpan patience) => Task.CompletedTask;

        public void Dispose()
        {
        }
    }
}
