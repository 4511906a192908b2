using System.Text.Json;
using Headgate.Grains;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using Headgate.Silo.Grains.Sweeping;
using Microsoft.EntityFrameworkCore;
using static Headgate.Silo.Tests.Grains.JobSilo;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

public sealed class JobGrainTests
{
    [Fact]
    public async Task OpenRunAsync_WhenAllowed_TellsGatewaysAndRepositoryInTheSameTransaction()
    {
        await using var silo = await ReadyAsync();
        var before = await silo.NewestAsync();

        var opened = await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);

        Assert.Equal(("nightly", 1, 1, "rep1"), (opened.Job, opened.Run, opened.Attempt, opened.Repository));
        Assert.Equal([1, 2], opened.Gateways.Gateways.Select(place => place.Rank));
        var events = await silo.EventsAsync(before);
        Assert.Equal(
            ["gateway:gtw1 route-opened", "gateway:gtw2 route-opened", "repository:rep1 grant-opened"],
            events.Select(row => $"{row.Audience} {row.Kind}").Order());
        var grant = JsonSerializer.Deserialize(events.Single(row => row.Kind == "grant-opened").Payload, ProtocolJson.Default.RunGrant)!;
        Assert.Equal(new RunGrant(opened.ServerName, "acme", "laptop", "nightly", 1, AccessRights.Full, null), grant);
        Assert.Equal(grant, await silo.Snapshots.GrantAsync("rep1", opened.ServerName, default));
        Assert.Null(await silo.Snapshots.GrantAsync("rep2", opened.ServerName, default));
        var snapshot = (await silo.Snapshots.GatewayAsync("gtw1", default))!;
        Assert.Equal([new GatewayRoute(opened.ServerName, "rep1", "acme", silo.Time.GetUtcNow() + TimeSpan.FromHours(1))], snapshot.Routes);
        Assert.Equal(["tenant-api", "rep1"], snapshot.Targets.Select(target => target.Id));
        Assert.Equal(await silo.NewestAsync(), snapshot.Sequence);
    }

    [Fact]
    public async Task OpenRunAsync_WhenItOnlyReads_GrantsReadingAndCountsAgainstNoLimit()
    {
        await using var silo = await ReadyAsync(runLimit: 1);
        await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);
        await silo.Job("acme", "restore").OpenRunAsync(Open("laptop", readsOnly: true), default);
        var grants = (await silo.Snapshots.RepositoryAsync("rep1", default))!.Grants;
        Assert.Equal([("nightly", AccessRights.Full), ("restore", AccessRights.ReadOnly)], grants.Select(grant => (grant.Job, grant.Rights)).Order());
    }

    [Theory]
    [InlineData(0, false, true, RunStatus.Succeeded)]
    [InlineData(3, false, true, RunStatus.Warning)]
    [InlineData(0, false, false, RunStatus.NoSnapshot)]
    [InlineData(3, false, false, RunStatus.Failed)]
    [InlineData(1, false, true, RunStatus.Failed)]
    [InlineData(null, false, false, RunStatus.Failed)]
    [InlineData(130, true, false, RunStatus.Cancelled)]
    public async Task FinishRunAsync_WhenToolEnded_SaysHow(int? exitCode, bool cancelled, bool hasSnapshot, RunStatus expected)
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        var opened = await job.OpenRunAsync(Open("laptop"), default);
        if (hasSnapshot)
        {
            await job.RecordSnapshotAsync(1, "abc", silo.Time.GetUtcNow(), default);
        }
        var before = await silo.NewestAsync();
        var run = await job.FinishRunAsync(1, End(exitCode, cancelled), default);

        Assert.Equal(expected, run.Status);
        Assert.Equal(hasSnapshot ? silo.Time.GetUtcNow() : null, (await job.GetAsync(default)).LastGood);
        Assert.Equal(
            ["gateway:gtw1 route-closed", "gateway:gtw2 route-closed", "repository:rep1 grant-closed"],
            (await silo.EventsAsync(before)).Select(row => $"{row.Audience} {row.Kind}").Order());
        Assert.Null(await silo.Snapshots.GrantAsync("rep1", opened.ServerName, default));
        Assert.Null(await silo.Routes.FindAsync(opened.ServerName, "gtw1", default));
        // The end that was written first stays, and nothing is told twice.
        var newest = await silo.NewestAsync();
        Assert.Equivalent(run, await job.FinishRunAsync(1, End(0, false), default));
        Assert.Equal(newest, await silo.NewestAsync());
    }

    [Fact]
    public async Task RecordSnapshotAsync_WhenRunHadEndedWithout_MakesItSucceed()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        var opened = await job.OpenRunAsync(Open("laptop"), default);
        Assert.Equal(RunStatus.NoSnapshot, (await job.FinishRunAsync(1, End(0), default)).Status);

        var reference = (await silo.Snapshots.RunAsync("rep1", opened.ServerName, default))!;
        Assert.Equal(("acme/nightly", 1), (reference.JobKey, reference.Run));
        Assert.Null(await silo.Snapshots.RunAsync("rep2", opened.ServerName, default));
        await job.RecordSnapshotAsync(reference.Run, "abc", silo.Time.GetUtcNow(), default);
        await job.RecordSnapshotAsync(reference.Run, "abc", silo.Time.GetUtcNow(), default);

        var info = await job.GetAsync(default);
        Assert.Equal((RunStatus.Succeeded, "abc"), (info.Runs[0].Status, info.Runs[0].Snapshot));
        Assert.Equal(silo.Time.GetUtcNow(), info.LastGood);
        await RefusedAsync(RefusalReason.RunClosed, () => job.RecordSnapshotAsync(2, "def", silo.Time.GetUtcNow(), default));
    }

    [Fact]
    public async Task RecordSnapshotAsync_WhenOthersHaveBegunSince_CorrectsItsOwnRun()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        await job.OpenRunAsync(Open("laptop"), default);
        await job.FinishRunAsync(1, End(0), default);
        var first = silo.Time.GetUtcNow();
        silo.Time.Advance(TimeSpan.FromHours(1));
        for (var run = 2; run <= 4; run++)
        {
            await job.OpenRunAsync(Open("laptop"), default);
            if (run < 4)
            {
                await job.FinishRunAsync(run, End(run == 2 ? 1 : 0), default);
            }
        }

        await job.RecordSnapshotAsync(1, "abc", silo.Time.GetUtcNow(), default);
        var info = await job.GetAsync(default);
        Assert.Equal([RunStatus.Running, RunStatus.NoSnapshot, RunStatus.Failed, RunStatus.Succeeded], info.Runs.Select(run => run.Status));
        Assert.Equal((first, "abc", first), (info.LastGood, info.Runs[3].Snapshot, info.Runs[3].Ended));
        await job.RecordSnapshotAsync(3, "def", silo.Time.GetUtcNow(), default);
        await job.RecordSnapshotAsync(1, "abd", silo.Time.GetUtcNow(), default);
        info = await job.GetAsync(default);
        Assert.Equal((first.AddHours(1), RunStatus.Succeeded), (info.LastGood, info.Runs[1].Status));
        await using (var again = await silo.BesideAsync())
        {
            Assert.Equivalent(info, await again.Job("acme", "nightly").GetAsync(default), strict: true);
        }

        Assert.Equal(RunStatus.NoSnapshot, (await job.FinishRunAsync(4, End(0), default)).Status);
    }

    [Fact]
    public async Task NextAttemptAsync_WhenAnAttemptFailed_GoesOnOnTheSameRoute()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        var first = await job.OpenRunAsync(Open("laptop"), default);
        await silo.AddGatewayAsync("gtw3", 3);
        silo.Time.Advance(TimeSpan.FromSeconds(1));
        var before = await silo.NewestAsync();

        var failure = new AttemptFailure("laptop", 1, 1, "reset", [new("gtw1", 2, 100, 10), new("gtw2", 1, 5, 5), new("gtw1", 1, 50, 1)]);
        var second = await job.NextAttemptAsync(1, failure, default);

        Assert.Equal((2, first.ServerName), (second.Attempt, second.ServerName));
        Assert.Equal(["gateway:gtw3 route-opened"], (await silo.EventsAsync(before)).Select(row => $"{row.Audience} {row.Kind}"));
        var attempts = (await job.GetAsync(default)).Runs[0].Attempts;
        Assert.Equal([new PathStep("gtw1", 3, 150, 11), new PathStep("gtw2", 1, 5, 5)], attempts[0].Path);
        Assert.Equal("reset", attempts[0].Reason);
        // The same call again, because its answer was lost, opens no third one.
        Assert.Equal(2, (await job.NextAttemptAsync(1, failure, default)).Attempt);
        await RefusedAsync(RefusalReason.Invalid, () => job.NextAttemptAsync(1, failure with { Attempt = 7 }, default));
        await RefusedAsync(RefusalReason.RunClosed, () => job.NextAttemptAsync(1, failure with { Connector = "other" }, default));
    }

    [Fact]
    public async Task NextAttemptAsync_WhenNoGatewayIsLeft_KeepsTheFailureAndCanBeRepeated()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        await job.OpenRunAsync(Open("laptop"), default);
        await SetAsync(silo, WantedState.Draining);
        silo.Time.Advance(TimeSpan.FromSeconds(1));
        var failure = new AttemptFailure("laptop", 1, 1, "reset", []);

        await RefusedAsync(RefusalReason.Unavailable, () => job.NextAttemptAsync(1, failure, default));
        var run = (await job.GetAsync(default)).Runs[0];
        Assert.Equal((RunStatus.Retrying, "reset"), (run.Status, run.Attempts[0].Reason));

        await SetAsync(silo, WantedState.Active);
        silo.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, (await job.NextAttemptAsync(1, failure, default)).Attempt);
    }

    [Fact]
    public async Task OpenRunAsync_WhenARunIsOpen_RefusesOthersAndReplacesItsOwn()
    {
        await using var silo = await ReadyAsync();
        await silo.AddConnectorAsync("acme", "server");
        var job = silo.Job("acme", "nightly");
        var first = await job.OpenRunAsync(Open("laptop"), default);
        await RefusedAsync(RefusalReason.RunClosed, () => job.OpenRunAsync(Open("server"), default));

        var second = await job.OpenRunAsync(Open("laptop"), default);

        Assert.Equal(2, second.Run);
        Assert.NotEqual(first.ServerName, second.ServerName);
        Assert.Equal([RunStatus.Running, RunStatus.Lost], (await job.GetAsync(default)).Runs.Select(run => run.Status));
        Assert.Null(await silo.Snapshots.GrantAsync("rep1", first.ServerName, default));
        Assert.NotNull(await silo.Snapshots.GrantAsync("rep1", second.ServerName, default));
        var directive = await job.ReportProgressAsync(1, Progress(), default);
        Assert.True(directive.Stop);
    }

    [Fact]
    public async Task OpenRunAsync_WhenSomethingIsMissing_RefusesAndHoldsNoClaim()
    {
        await using var silo = await ReadyAsync(runLimit: 1);
        var job = silo.Job("acme", "nightly");
        await RefusedAsync(RefusalReason.NotFound, () => silo.Job("nobody", "nightly").OpenRunAsync(Open("laptop"), default));
        await RefusedAsync(RefusalReason.NotFound, () => job.OpenRunAsync(Open("stranger"), default));
        await RefusedAsync(RefusalReason.NoQuota, () => job.OpenRunAsync(Open("laptop", "rep9"), default));
        await RefusedAsync(RefusalReason.Invalid, () => silo.Job("acme", "Not an id").OpenRunAsync(Open("laptop"), default));
        await RefusedAsync(RefusalReason.Invalid, () => job.OpenRunAsync(Open("laptop") with { Connections = 65 }, default));

        await SetAsync(silo, WantedState.Disabled);
        var refused = await RefusedAsync(RefusalReason.Unavailable, () => job.OpenRunAsync(Open("laptop"), default));
        Assert.Contains("default", refused.Message, StringComparison.Ordinal);
        await RefusedAsync(RefusalReason.NotFound, () => job.GetAsync(default));
        await SetAsync(silo, WantedState.Active);
        await silo.Repository("rep1").RevokeAsync(default);
        silo.Time.Advance(TimeSpan.FromSeconds(1));
        await RefusedAsync(RefusalReason.Unavailable, () => job.OpenRunAsync(Open("laptop"), default));

        await using var db = silo.Read();
        Assert.Empty(await db.RunClaims.ToListAsync());
        Assert.Empty(await db.Runs.ToListAsync());
    }

    [Fact]
    public async Task OpenRunAsync_WhenTheRunLimitIsReached_RefusesUntilOneEnds()
    {
        await using var silo = await ReadyAsync(runLimit: 1);
        await silo.Job("acme", "one").OpenRunAsync(Open("laptop"), default);
        var refused = await RefusedAsync(RefusalReason.RunLimit, () => silo.Job("acme", "two").OpenRunAsync(Open("laptop"), default));
        Assert.Contains("one", refused.Message, StringComparison.Ordinal);
        await silo.Job("acme", "one").FinishRunAsync(1, End(0), default);
        await silo.Job("acme", "two").OpenRunAsync(Open("laptop"), default);
    }

    [Fact]
    public async Task NextAttemptAsync_WhenTheTenantWasDisabled_EndsTheRunWithItsSentence()
    {
        await using var silo = await ReadyAsync(runLimit: 1);
        var job = silo.Job("acme", "nightly");
        await job.OpenRunAsync(Open("laptop"), default);
        await silo.Tenant("acme").ChangeAsync(new ChangeTenant(null, TenantStatus.Disabled, null, null, null, null), default);
        var refused = await RefusedAsync(
            RefusalReason.TenantDisabled, () => job.NextAttemptAsync(1, new AttemptFailure("laptop", 1, 1, "reset", []), default));
        var run = (await job.GetAsync(default)).Runs[0];
        Assert.Equal((RunStatus.Failed, refused.Message), (run.Status, run.Reason));
        await RefusedAsync(RefusalReason.RunClosed, () => job.NextAttemptAsync(1, new AttemptFailure("laptop", 1, 1, "reset", []), default));
        await using var db = silo.Read();
        Assert.Empty(await db.RunClaims.ToListAsync());
    }

    [Fact]
    public async Task OpenRunAsync_WhenTheRepositoryIsSilent_SaysSinceWhen()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        await silo.Repository("rep1").HeartbeatAsync(new RepositoryState("0.1.0", 1, 1000, 500), default);
        var heard = silo.Time.GetUtcNow();
        await KeepAliveAsync(silo, TimeSpan.FromSeconds(31));
        var refused = await RefusedAsync(RefusalReason.Unavailable, () => job.OpenRunAsync(Open("laptop"), default));
        Assert.Contains($"{heard:yyyy-MM-dd HH:mm:ss}", refused.Message, StringComparison.Ordinal);
        await silo.Repository("rep1").HeartbeatAsync(new RepositoryState("0.1.0", 1, 1000, 500), default);
        await job.OpenRunAsync(Open("laptop"), default);
    }

    [Fact]
    public async Task RecordSnapshotAsync_WhenTheToolHadWarned_MakesItAWarning()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        await job.OpenRunAsync(Open("laptop"), default);
        Assert.Equal(RunStatus.Failed, (await job.FinishRunAsync(1, End(3), default)).Status);
        await job.RecordSnapshotAsync(1, "abc", silo.Time.GetUtcNow(), default);
        Assert.Equal(RunStatus.Warning, (await job.GetAsync(default)).Runs[0].Status);
        await job.OpenRunAsync(Open("laptop"), default);
        await job.FinishRunAsync(2, End(1), default);
        await job.RecordSnapshotAsync(2, "def", silo.Time.GetUtcNow(), default);
        Assert.Equal(RunStatus.Failed, (await job.GetAsync(default)).Runs[0].Status);
    }

    [Fact]
    public async Task History_WhenRunsAreMany_KeepsTwentyInMemoryAndAllInTheTable()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        for (var run = 1; run <= 23; run++)
        {
            await job.OpenRunAsync(Open("laptop"), default);
            await job.FinishRunAsync(run, End(run), default);
        }
        var info = await job.GetAsync(default);
        Assert.Equal(Enumerable.Range(4, 20).Reverse().Select(run => (long)run), info.Runs.Select(run => run.Run));
        Assert.Equal(23, (await RunsAsync(silo)).Count);
        await using var again = await silo.BesideAsync();
        Assert.Equivalent(info, await again.Job("acme", "nightly").GetAsync(default), strict: true);
    }
}
