using System.Diagnostics;
using Headgate.Protocol.Tenant;
using Headgate.Silo.Grains;
using Headgate.Silo.TenantApi;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Tests.Api;

/// <summary>Ends of runs that are told late, over the tenant API.</summary>
public sealed class LateEndApiTests(SiloWorld world) : IClassFixture<SiloWorld>
{
    [Fact]
    public async Task Finish_OfARunThatCountedAsLost_IsTakenWithoutWaiting()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var connector = await world.EnrolConnectorAsync(await world.AddTenantAsync(repository.Identity.Id));
        using var client = world.TenantHttp(connector);
        var open = new OpenRunRequest("nightly", JobKind.Backup, repository.Identity.Id, "desk", "restic backup", false, 5);
        var first = await client.OkAsync<RunTicket>(HttpMethod.Post, TenantRoutes.Runs, open);
        var second = await client.OkAsync<RunTicket>(HttpMethod.Post, TenantRoutes.Runs, open);

        var began = Stopwatch.GetTimestamp();
        var late = await client.OkAsync<RunSummary>(
            HttpMethod.Post, TenantRoutes.Finish("nightly", first.Run), new FinishRequest(1, 0, false, true, null, [], EndedAgoMilliseconds: 3_600_000));
        var took = Stopwatch.GetElapsedTime(began);

        // A snapshot would be waited for 15 s in a silo that is younger than a minute, else 5 s.
        var isYoung = world.Services.GetRequiredService<SiloStart>().TrustedFor < TimeSpan.FromMinutes(1);
        Assert.True(took < TimeSpan.FromSeconds(isYoung ? 14.5 : 4.5), $"It took {took}.");

        // Not earlier than it began.
        Assert.Equal((RunState.NoSnapshot, late.Started), (late.State, late.Ended));
        var status = await client.OkAsync<TenantStatusAnswer>(HttpMethod.Get, TenantRoutes.Status);
        Assert.Equal((second.Run, RunState.Running), (status.Jobs[0].LastRun!.Run, status.Jobs[0].LastRun!.State));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(366L * 24 * 60 * 60 * 1000)]
    [InlineData(long.MaxValue)]
    public async Task Finish_WhenItEndedAtNoPossibleTime_NamesTheField(long ago)
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var connector = await world.EnrolConnectorAsync(await world.AddTenantAsync(repository.Identity.Id));
        using var client = world.TenantHttp(connector);
        var refused = await client.RefusedAsync(
            HttpMethod.Post, TenantRoutes.Finish("nightly", 1), new FinishRequest(1, 0, false, true, null, [], EndedAgoMilliseconds: ago));
        Assert.Equal(400, refused.Status);
        Assert.Equal(["endedAgoMilliseconds"], refused.Errors!.Keys);
    }

    [Theory]
    [InlineData(null, 120, false)]
    [InlineData(30, 120, false)]
    [InlineData(120, 30, false)]
    [InlineData(120, 120, true)]
    public void IsReportedBy_WhenItEndedAMinuteAgoAndTheSiloListened_NeedsNoWait(int? secondsAgo, int secondsListened, bool expected)
    {
        var time = new ManualTimeProvider();
        var start = new SiloStart(time);
        time.Advance(TimeSpan.FromSeconds(secondsListened));
        Assert.Equal(expected, RunEndpoints.IsReportedBy(secondsAgo is { } seconds ? TimeSpan.FromSeconds(seconds) : null, start));
    }
}
