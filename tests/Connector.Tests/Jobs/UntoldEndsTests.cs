using Headgate.Connector.Bootstrap;
using Headgate.Connector.Jobs;
using Headgate.Connector.Tests.Failover;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests.Jobs;

/// <summary>What is kept of runs' ends, for how long, and when the service tells it.</summary>
public sealed class UntoldEndsTests : IDisposable
{
    private static readonly FinishRequest s_end = new(1, 0, false, true, null, []);

    private readonly FakeRun _provider = new();

    private UntoldEnds Ends => _provider.Ends;

    private string[] Kept => [.. Directory.GetFiles(_provider.EndsPath).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    public void Dispose() => _provider.Dispose();

    [Fact]
    public void TryKeep_WhenAFileIsMade_IsForItsOwnerAlone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Modes are Unix'.");
        Assert.True(Ends.TryKeep("nightly", 1, s_end));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_provider.EndsPath, "nightly-1.json")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_provider.EndsPath));
    }

    [Fact]
    public async Task TellAsync_WhenThereIsNone_MakesNoFolder()
    {
        Assert.Null(await Ends.TellAsync(_provider, "nightly", default));
        Ends.Forget("nightly", 1);
        Assert.False(Directory.Exists(_provider.EndsPath));
        Assert.Empty(_provider.Said);
    }

    [Fact]
    public void TryKeep_WhenThereAreTooMany_DropsTheOldest()
    {
        for (var run = 1; run <= UntoldEnds.MaxKept; run++)
        {
            Ends.TryKeep("nightly", run, s_end);
            File.SetLastWriteTimeUtc(Path.Combine(_provider.EndsPath, $"nightly-{run}.json"), _provider.Time.GetUtcNow().UtcDateTime.AddSeconds(run - 5000));
        }

        Assert.Empty(_provider.Said);
        Ends.TryKeep("weekly", 1, s_end);
        Assert.Equal(UntoldEnds.MaxKept, Kept.Length);
        Assert.DoesNotContain("nightly-1.json", Kept);
        Assert.Contains("nightly-2.json", Kept);
        Assert.Contains("weekly-1.json", Kept);
        Assert.Equal("1 end of a run is dropped, of which the service provider was not told: 1000 are kept, for 30 days.", Assert.Single(_provider.Said));
    }

    [Fact]
    public async Task TellAsync_WhenAnEndIsTooOld_DropsIt()
    {
        Ends.TryKeep("nightly", 1, s_end);
        await File.WriteAllTextAsync(Path.Combine(_provider.EndsPath, "nightly-9.json.4711"), "half of");
        foreach (var file in Kept)
        {
            File.SetLastWriteTimeUtc(Path.Combine(_provider.EndsPath, file), (_provider.Time.GetUtcNow() - UntoldEnds.MaxAge).UtcDateTime.AddMinutes(-1));
        }

        Ends.TryKeep("nightly", 2, s_end);
        Assert.Null(await Ends.TellAsync(_provider, "nightly", default));
        Assert.Equal(["finish nightly 2"], _provider.Asked);
        Assert.Empty(Kept);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"connector\":\"acme/pc1\",\"job\":\"night")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"connector\":\"acme/pc1\",\"job\":\"../status\",\"run\":1,\"ended\":\"2030-01-01T00:00:00Z\",\"request\":{\"attempt\":1}}")]
    [InlineData("{\"connector\":\"acme/pc1\",\"job\":\"nightly\",\"run\":0,\"ended\":\"2030-01-01T00:00:00Z\",\"request\":{\"attempt\":1}}")]
    [InlineData("{\"connector\":\"acme/pc1\",\"job\":\"nightly\",\"run\":1,\"ended\":\"2030-01-01T00:00:00Z\",\"request\":null}")]
    [InlineData("{\"connector\":\"other/pc1\",\"job\":\"nightly\",\"run\":1,\"ended\":\"2030-01-01T00:00:00Z\",\"request\":{\"attempt\":1}}")]
    public async Task TellAsync_WhenAFileIsNoEndOfThisMachine_SaysSoRemovesItAndTellsTheOthers(string text)
    {
        Ends.TryKeep("nightly", 2, s_end);
        await File.WriteAllTextAsync(Path.Combine(_provider.EndsPath, "nightly-1.json"), text);
        Assert.Null(await Ends.TellAsync(_provider, "nightly", default));
        Assert.Equal(["finish nightly 2"], _provider.Asked);
        Assert.Empty(Kept);
        Assert.Single(_provider.Said, line => line.Contains("nightly-1.json was removed: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TellAsync_WhenItIsToldLate_LeavesOutHowGatewaysDidThen()
    {
        Ends.TryKeep("nightly", 1, s_end with { Trials = [new GatewayTrial("gtw1", 0, 1)] });
        _provider.Time.Advance(TimeSpan.FromHours(1));
        Assert.Null(await Ends.TellAsync(_provider, null, default));
        Assert.Equivalent(s_end with { EndedAgoMilliseconds = 3_600_000 }, _provider.Finish, strict: true);
    }

    [Fact]
    public async Task TellAsync_WhenTheClockWasSetBack_SaysThatItEndedNow()
    {
        Ends.TryKeep("nightly", 1, s_end);
        _provider.Time.SetClock(_provider.Time.GetUtcNow().AddHours(-1));
        Assert.Null(await Ends.TellAsync(_provider, null, default));
        Assert.Equal(0, _provider.Finish!.EndedAgoMilliseconds);
    }

    [Fact]
    public async Task TellAsync_WhenOneIsRefusedForNow_TellsTheOthers()
    {
        Ends.TryKeep("nightly", 1, s_end);
        _provider.Time.Advance(TimeSpan.FromMinutes(2));
        Ends.TryKeep("nightly", 2, s_end);
        _provider.FinishFault = FakeRun.Refusal(ProblemCodes.Internal, "A fault.", retry: true);
        _provider.FinishFaults = 1;
        Assert.Equal("A fault.", await Ends.TellAsync(_provider, "nightly", default));
        Assert.Equal(["finish nightly 1", "finish nightly 2"], _provider.Asked);
        Assert.Equal(["nightly-1.json"], Kept);
    }

    [Fact]
    public async Task TellAsync_WhileTheRunsProcessLives_LeavesItsEndToThat()
    {
        using var living = Ends.TryHold("nightly", 1);
        living!.KeepKilled(s_end);
        _provider.Time.Advance(TimeSpan.FromHours(1));
        Assert.Null(await Ends.TellAsync(_provider, "nightly", default));
        Assert.Empty(_provider.Asked);

        // Also what it cannot read just now.
        await File.WriteAllTextAsync(Path.Combine(_provider.EndsPath, "nightly-1.json"), "");
        Assert.Null(await Ends.TellAsync(_provider, "nightly", default));
        Assert.Equal(["nightly-1.json", "nightly-1.lock"], Kept);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TellAsync_WhenTheRunsProcessWasKilled_TellsItAsOfItsLastSignOfLife(bool isLockLeft)
    {
        using (var living = Ends.TryHold("nightly", 1))
        {
            living!.KeepKilled(s_end with { Attempt = 1 });
            _provider.Time.Advance(TimeSpan.FromMinutes(5));
            living.KeepKilled(s_end with { Attempt = 2 });
        }

        if (isLockLeft)
        {
            await File.WriteAllTextAsync(Path.Combine(_provider.EndsPath, "nightly-1.lock"), "");
        }

        _provider.Time.Advance(TimeSpan.FromSeconds(70));
        Assert.Null(await Ends.TellAsync(_provider, null, default));
        Assert.Equivalent(s_end with { Attempt = 2, EndedAgoMilliseconds = 70_000 }, Assert.Single(_provider.Finishes), strict: true);
        Assert.Empty(Kept);
    }

    [Fact]
    public async Task TryHold_WhenItCannotBeSeen_IsNull()
    {
        using var other = Ends.TryHold("nightly", 1);
        Assert.Null(Ends.TryHold("nightly", 1));
        Assert.Empty(_provider.Said);
        await File.WriteAllTextAsync(Path.Combine(_provider.EndsPath, "weekly-1.lock"), "");
        File.SetLastWriteTimeUtc(Path.Combine(_provider.EndsPath, "weekly-1.lock"), (_provider.Time.GetUtcNow() - UntoldEnds.MaxAge).UtcDateTime.AddMinutes(-1));
        Ends.TryKeep("nightly", 2, s_end);
        Assert.Equal(["nightly-1.lock", "nightly-2.json"], Kept);
        Assert.Empty(_provider.Said);
    }

    [Fact]
    public async Task TellAsync_WhenTwoProcessesTellTheSame_DoesNoHarm()
    {
        Ends.TryKeep("nightly", 1, s_end);
        _provider.OnFinish = () => new UntoldEnds(new StateFolder(Path.GetDirectoryName(_provider.EndsPath)!), FakeRun.Connector, _provider.Say, _provider.Time).Forget("nightly", 1);
        Assert.Null(await Ends.TellAsync(_provider, "nightly", default));
        Assert.Empty(Kept);
        Assert.Single(_provider.Said);
    }

    [Fact]
    public async Task Service_WhileTheProviderIsAway_TriesEach30SecondsAndSaysItOnce()
    {
        using var stop = new CancellationTokenSource();
        Ends.TryKeep("nightly", 1, s_end);
        _provider.Time.Advance(TimeSpan.FromSeconds(1));
        Ends.TryKeep("weekly", 1, s_end);
        _provider.FinishFault = FakeRun.Nobody();
        var telling = new EndTeller(Ends, _provider, _provider.Say, _provider.Time).RunAsync(stop.Token);

        // Their own processes have a minute for it.
        await PassAsync(60);
        Assert.Empty(_provider.Asked);
        await PassAsync(75);
        Assert.InRange(_provider.Asked.Count, 2, 3);
        Assert.StartsWith("the provider could not be told how runs ended, and is told later: No gateway answers", Assert.Single(_provider.Said), StringComparison.Ordinal);

        _provider.FinishFault = null;
        await PassAsync(35);
        Assert.Equal(["finish nightly 1", "finish weekly 1"], _provider.Asked[^2..]);
        Assert.Empty(Kept);
        var asked = _provider.Asked.Count;
        await PassAsync(60);
        Assert.Equal(asked, _provider.Asked.Count);
        await stop.CancelAsync();
        await telling;
    }

    /// <summary>Seconds go by, each after the loop waits for it.</summary>
    private async Task PassAsync(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            await Until.TrueAsync(() => _provider.Time.NextIn is not null, () => "the loop waits for nothing");
            _provider.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await Until.TrueAsync(() => _provider.Time.NextIn is not null, () => "the loop waits for nothing");
    }
}
