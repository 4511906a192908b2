using Headgate.Grains;
using Headgate.Silo.Grains.Jobs;
using Headgate.Silo.Grains.Sweeping;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

/// <summary>Runs of a stock restic with an access key, as its repository tells them.</summary>
public sealed class AgentlessJobTests
{
    private const string One = "00000000000000000000000000000001";
    private const string Two = "00000000000000000000000000000002";
    private static readonly string s_snapshot = new('a', 64);
    private static readonly string s_other = new('b', 64);

    [Fact]
    public async Task Lock_ThatComesAndGoesWithASnapshot_IsASuccessfulRun()
    {
        await using var silo = await ReadyAsync();
        var (job, began) = (Job(silo), silo.Time.GetUtcNow());
        await job.RecordAccessAsync(Active(silo, One), default);
        var open = await job.GetAsync(default);
        silo.Time.Advance(TimeSpan.FromSeconds(20));
        await job.RecordAccessAsync(Active(silo, One, began) with { Gateways = [new("gtw1", 5, 1000, 10)] }, default);
        var moving = (await job.GetAsync(default)).Runs[0];
        silo.Time.Advance(TimeSpan.FromSeconds(20));
        var end = Active(silo, One, began) with { State = AccessState.Ended, Snapshot = s_snapshot, Written = 1, Gateways = [new("gtw1", 5, 1000, 10), new("gtw2", 2, 7, 7)] };
        await job.RecordAccessAsync(end, default);

        Assert.Equal((JobMode.Agentless, "rep1", RunStatus.Running), (open.Mode, open.Repository, open.Runs[0].Status));
        Assert.Equal([new PathStep("gtw1", 5, 1000, 10)], moving.Attempts[0].Path);
        var info = await job.GetAsync(default);
        var run = Assert.Single(info.Runs);
        Assert.Equal((RunStatus.Succeeded, s_snapshot, began, "restic at /desk/", "key1"), (run.Status, run.Snapshot, run.Started, run.Tool, run.Connector));
        Assert.Equal(silo.Time.GetUtcNow(), info.LastGood);
        Assert.Equal(["gtw1", "gtw2"], run.Attempts[0].Path.Select(step => step.Gateway));

        // The same word again, and an older one that comes late, change nothing; and another silo reads what this one wrote.
        await job.RecordAccessAsync(end, default);
        await job.RecordAccessAsync(Active(silo, One, began), default);
        Assert.Equivalent(info, await job.GetAsync(default), strict: true);
        await using var again = await silo.BesideAsync();
        Assert.Equivalent(info, await Job(again).GetAsync(default), strict: true);
    }

    [Theory]
    [InlineData(0, 0, AccessState.Ended, RunStatus.NoSnapshot, "no backup")]
    [InlineData(0, 3, AccessState.Ended, RunStatus.NoSnapshot, "deleted (3)")]
    [InlineData(2, 2, AccessState.Ended, RunStatus.NoSnapshot, "restic tag")]
    [InlineData(1, 0, AccessState.Ended, RunStatus.Succeeded, null)]
    [InlineData(0, 0, AccessState.Abandoned, RunStatus.Lost, "restic unlock")]
    [InlineData(1, 0, AccessState.Abandoned, RunStatus.Succeeded, "restic unlock")]
    public async Task Lock_ThatIsGone_IsJudgedByTheSnapshots(int written, int deleted, AccessState state, RunStatus expected, string? reason)
    {
        await using var silo = await ReadyAsync();
        var (job, began) = (Job(silo), silo.Time.GetUtcNow());
        await job.RecordAccessAsync(Active(silo, One), default);
        // Told by the snapshot's own report first: a rewrite looks like a backup until the old one is deleted.
        if (written > 0)
        {
            await job.RecordAccessAsync(Active(silo, One, began) with { Snapshot = s_snapshot, Written = 1 }, default);
        }
        await job.RecordAccessAsync(Active(silo, One, began) with { State = state, Snapshot = written > 0 ? s_snapshot : null, Written = written, Deleted = deleted }, default);

        var info = await job.GetAsync(default);
        Assert.Equal((expected, expected == RunStatus.Succeeded), (info.Runs[0].Status, info.Runs[0].Snapshot is not null));
        Assert.Equal(expected == RunStatus.Succeeded, info.LastGood is not null);
        Assert.Equal(reason is null, info.Runs[0].Reason is null);
        Assert.Contains(reason ?? "", info.Runs[0].Reason ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Snapshot_WithoutALock_IsARunOfItsOwnOnce()
    {
        await using var silo = await ReadyAsync();
        var lockless = Active(silo, s_snapshot[..32]) with { Began = null, State = AccessState.Ended, Snapshot = s_snapshot, Written = 1 };
        await Job(silo).RecordAccessAsync(lockless, default);
        silo.Time.Advance(TimeSpan.FromMinutes(1));
        await Job(silo).RecordAccessAsync(lockless, default);

        var run = Assert.Single((await Job(silo).GetAsync(default)).Runs);
        Assert.Equal((RunStatus.Succeeded, s_snapshot), (run.Status, run.Snapshot));
    }

    [Fact]
    public async Task Repository_RestartedInTheMiddle_LeavesNoRunOpen()
    {
        await using var silo = await ReadyAsync();
        var job = Job(silo);
        await job.RecordAccessAsync(Active(silo, One), default);
        silo.Time.Advance(TimeSpan.FromMinutes(1));

        // It knows the lock no longer: the snapshot alone is told, and ends the run.
        await job.RecordAccessAsync(Active(silo, s_snapshot[..32]) with { Began = null, State = AccessState.Ended, Snapshot = s_snapshot, Written = 1 }, default);
        Assert.Equal([RunStatus.Succeeded], (await job.GetAsync(default)).Runs.Select(run => run.Status));

        // It sees the renewed lock before any snapshot: the rest is another run.
        silo.Time.Advance(TimeSpan.FromMinutes(1));
        await job.RecordAccessAsync(Active(silo, One.Replace('1', '3')), default);
        silo.Time.Advance(TimeSpan.FromMinutes(1));
        await job.RecordAccessAsync(Active(silo, Two) with { State = AccessState.Ended, Snapshot = s_other, Written = 1 }, default);
        Assert.Equal([RunStatus.Succeeded, RunStatus.Lost, RunStatus.Succeeded], (await job.GetAsync(default)).Runs.Select(run => run.Status));
    }

    [Theory]
    [InlineData(false, RunStatus.Lost)]
    [InlineData(true, RunStatus.Succeeded)]
    public async Task Sweep_WhenNothingIsHeardAnyMore_EndsTheRunByWhatItWrote(bool hasSnapshot, RunStatus expected)
    {
        await using var silo = await ReadyAsync();
        var (job, began) = (Job(silo), silo.Time.GetUtcNow());
        await job.RecordAccessAsync(Active(silo, One) with { Snapshot = hasSnapshot ? s_snapshot : null, Written = hasSnapshot ? 1 : 0 }, default);
        silo.Time.Advance(Sweeper.SilentRun + TimeSpan.FromSeconds(1));
        await silo.Sweeper.SweepAsync(default);
        Assert.Equal(expected, (await job.GetAsync(default)).Runs[0].Status);

        // Its repository was cut off from the silo, and tells the rest.
        await job.RecordAccessAsync(Active(silo, One, began) with { State = AccessState.Ended, Snapshot = s_snapshot, Written = 1 }, default);
        Assert.Equal(RunStatus.Succeeded, Assert.Single((await job.GetAsync(default)).Runs).Status);
    }

    [Fact]
    public async Task Connectors_AndKeys_DoNotShareAJob()
    {
        await using var silo = await ReadyAsync();
        await Job(silo).RecordAccessAsync(Active(silo, One), default);
        var opened = await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);

        await RefusedAsync(RefusalReason.RunClosed, () => Job(silo).OpenRunAsync(Open("laptop"), default));
        await RefusedAsync(RefusalReason.RunClosed, () => Job(silo).FinishRunAsync(1, new RunEnd("key1", 1, 0, false, null, []), default));
        await RefusedAsync(RefusalReason.Invalid, () => Job(silo).CancelAsync(default));
        await RefusedAsync(RefusalReason.RunClosed, () => silo.Job("acme", "nightly").RecordAccessAsync(Active(silo, Two), default));

        Assert.Equal(RunStatus.Running, (await Job(silo).GetAsync(default)).Runs[0].Status);
        Assert.NotNull(await silo.Snapshots.GrantAsync("rep1", opened.ServerName, default));
    }

    [Fact]
    public async Task AccessAsync_OfAnotherTenantOrRepository_IsNull()
    {
        await using var silo = await ReadyAsync();
        await silo.AddTenantAsync("beta", "rep1", "laptop");
        var acme = await silo.Tenant("acme").CreateAccessKeyAsync("rep1", "nas", AccessLevel.Full, default);
        var beta = await silo.Tenant("beta").CreateAccessKeyAsync("rep1", "nas", AccessLevel.Full, default);

        var access = await silo.Snapshots.AccessAsync("rep1", acme.AccessName, acme.Key, default);
        Assert.Equal(("acme", "nas"), (access!.Tenant, access.KeyName));
        Assert.Null(await silo.Snapshots.AccessAsync("rep1", acme.AccessName, beta.Key, default));
        Assert.Null(await silo.Snapshots.AccessAsync("rep2", acme.AccessName, acme.Key, default));
        await silo.Tenant("acme").RevokeAccessKeyAsync(acme.Key, default);
        Assert.NotNull(await silo.Snapshots.AccessAsync("rep1", acme.AccessName, acme.Key, default));
    }

    [Theory]
    [InlineData("nas", "/", "nas-")]
    [InlineData("NAS in the cellar, left", "/desk/", "nas-in-the-cellar-")]
    [InlineData("Ключ", "/", "")]
    [InlineData("a", "/x/y/", "a-x-y-")]
    public void JobOf_AKeyAndAPath_IsAnIdThatPeopleKnow(string name, string path, string begins)
    {
        var job = AgentlessRuns.JobOf("rep1", "key1", name, path);
        Assert.True(Headgate.Protocol.Naming.Identifier.IsValid(job), job);
        Assert.StartsWith(begins, job, StringComparison.Ordinal);
        Assert.Equal(job, AgentlessRuns.JobOf("rep1", "key1", name, path));
        Assert.NotEqual(job, AgentlessRuns.JobOf("rep1", "key2", name, path));
        Assert.NotEqual(job, AgentlessRuns.JobOf("rep2", "key1", name, path));
        Assert.NotEqual(job, AgentlessRuns.JobOf("rep1", "key1", name, path + "z/"));
    }

    private static IJobGrain Job(SiloWorld silo) => silo.Job("acme", "nas-desk-abc123");

    private static AccessActivity Active(SiloWorld silo, string id, DateTimeOffset? began = null) =>
        new("rep1", "key1", "/desk/", id, began ?? silo.Time.GetUtcNow(), silo.Time.GetUtcNow(), AccessState.Active, null, 0, 0, []);

    private static async Task<SiloWorld> ReadyAsync()
    {
        var silo = await StartAsync();
        await silo.AddRepositoryAsync("rep1");
        await silo.AddGatewayAsync("gtw1", 1);
        await silo.AddTenantAsync("acme", "rep1", "laptop");
        return silo;
    }
}
