using Headgate.Grains;
using Headgate.Silo.Grains.Sweeping;
using Microsoft.EntityFrameworkCore;
using static Headgate.Silo.Tests.Grains.JobSilo;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

/// <summary>A job's runs while they last: what connectors report, cancellation, and silence.</summary>
public sealed class JobProgressTests
{
    [Fact]
    public async Task GetAsync_WhenProgressWasReportedAndNotWritten_AnswersItsPathUntilTheAttemptEnds()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        var opened = await job.OpenRunAsync(Open("laptop"), default);
        var progress = Progress(opened.Gateways.Version);
        await job.ReportProgressAsync(1, progress with { Path = [new("gtw1", 1, 10, 0)] }, default);
        var before = await job.GetAsync(default);
        await job.ReportProgressAsync(1, progress, default);

        var reported = await job.GetAsync(default);
        Assert.Equal([new PathStep("gtw1", 5, 1000, 10)], reported.Runs[0].Attempts[0].Path);
        Assert.Equal(before.Version, reported.Version);

        await job.NextAttemptAsync(1, new AttemptFailure("laptop", 1, 1, "gone", [new("gtw1", 6, 2000, 20)]), default);
        var attempts = (await job.GetAsync(default)).Runs[0].Attempts;
        Assert.Equal([new PathStep("gtw1", 6, 2000, 20)], attempts[0].Path);
        Assert.Empty(attempts[1].Path);
    }

    [Fact]
    public async Task ReportProgressAsync_WhenListChanged_AnswersTheNewOneAndTellsItsGateways()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        var opened = await job.OpenRunAsync(Open("laptop"), default);
        Assert.Equal(new RunDirective(false, null, null), await job.ReportProgressAsync(1, Progress(opened.Gateways.Version), default));
        await silo.AddGatewayAsync("gtw3", 3);
        silo.Time.Advance(TimeSpan.FromSeconds(1));
        var before = await silo.NewestAsync();

        var directive = await job.ReportProgressAsync(1, Progress(opened.Gateways.Version), default);

        Assert.Equal(3, directive.Gateways!.Gateways.Length);
        Assert.Equal(["gateway:gtw3 route-opened"], (await silo.EventsAsync(before)).Select(row => $"{row.Audience} {row.Kind}"));
    }

    [Fact]
    public async Task ReportProgressAsync_WhenNothingHappened_WritesAtMostEvery30Seconds()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        var opened = await job.OpenRunAsync(Open("laptop"), default);
        var version = (await job.GetAsync(default)).Version;
        for (var second = 0; second < 29; second++)
        {
            await KeepAliveAsync(silo, TimeSpan.FromSeconds(1));
            await job.ReportProgressAsync(1, Progress(opened.Gateways.Version) with { Path = [new("gtw1", 1, second, 0)] }, default);
        }
        Assert.Equal(version, (await job.GetAsync(default)).Version);
        await KeepAliveAsync(silo, TimeSpan.FromSeconds(1));
        await job.ReportProgressAsync(1, Progress(opened.Gateways.Version) with { Path = [new("gtw1", 1, 77, 0)] }, default);
        var info = await job.GetAsync(default);
        Assert.Equal(version + 1, info.Version);
        Assert.Equal(77, info.Runs[0].Attempts[0].Path[0].BytesUp);
    }

    [Fact]
    public async Task ReportProgressAsync_WhenHalfOfTheRoutesTimeIsOver_RenewsIt()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        var opened = await job.OpenRunAsync(Open("laptop"), default);
        await KeepAliveAsync(silo, TimeSpan.FromMinutes(31));
        var before = await silo.NewestAsync();
        await job.ReportProgressAsync(1, Progress(opened.Gateways.Version), default);
        Assert.Equal(
            ["gateway:gtw1 route-opened", "gateway:gtw2 route-opened"],
            (await silo.EventsAsync(before)).Select(row => $"{row.Audience} {row.Kind}").Order());
        Assert.Equal(silo.Time.GetUtcNow().AddHours(1), (await silo.Routes.FindAsync(opened.ServerName, "gtw1", default))!.Expires);
    }

    [Fact]
    public async Task CancelAsync_WhenARunIsOpen_StopsItAtItsNextProgress()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        await job.OpenRunAsync(Open("laptop"), default);
        await job.CancelAsync(default);
        var directive = await job.ReportProgressAsync(1, Progress(), default);
        Assert.True(directive.Stop);
        await RefusedAsync(RefusalReason.RunClosed, () => job.NextAttemptAsync(1, new AttemptFailure("laptop", 1, 1, "stopped", []), default));
        Assert.Equal(RunStatus.Cancelled, (await job.FinishRunAsync(1, End(1), default)).Status);
        Assert.Single(await silo.AuditAsync("run-cancelled"));
    }

    [Fact]
    public async Task Sweep_WhenAConnectorIsSilent_EndsItsRunAsLost()
    {
        await using var silo = await ReadyAsync(runLimit: 1);
        var job = silo.Job("acme", "nightly");
        var opened = await job.OpenRunAsync(Open("laptop"), default);
        await KeepAliveAsync(silo, Sweeper.SilentRun - TimeSpan.FromMinutes(1));
        await job.ReportProgressAsync(1, Progress(opened.Gateways.Version), default);
        await KeepAliveAsync(silo, Sweeper.SilentRun);
        Assert.Equal(0, (await RunsAsync(silo)).Count(run => run.Ended is not null));
        await silo.Sweeper.SweepAsync(default);
        Assert.Equal(RunStatus.Running, (await job.GetAsync(default)).Runs[0].Status);

        silo.Time.Advance(TimeSpan.FromSeconds(1));
        await silo.Sweeper.SweepAsync(default);

        Assert.Equal(RunStatus.Lost, (await job.GetAsync(default)).Runs[0].Status);
        Assert.Null(await silo.Snapshots.GrantAsync("rep1", opened.ServerName, default));
        await using var db = silo.Read();
        Assert.Empty(await db.RunClaims.ToListAsync());
    }

    [Fact]
    public async Task Sweep_WhenAClaimHasNoRun_ReleasesIt()
    {
        await using var silo = await ReadyAsync(runLimit: 1);
        await silo.Tenant("acme").ClaimRunAsync(new RunClaim("laptop", "rep1", "never-written", false), default);
        await RefusedAsync(RefusalReason.RunLimit, () => silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default));
        await silo.Sweeper.SweepAsync(default);
        await RefusedAsync(RefusalReason.RunLimit, () => silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default));
        await KeepAliveAsync(silo, TimeSpan.FromSeconds(61));
        await silo.Sweeper.SweepAsync(default);
        await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);
    }
}
