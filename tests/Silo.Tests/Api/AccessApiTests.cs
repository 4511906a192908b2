using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.Silo.Tests.Api;

/// <summary>What repositories tell of access keys' use over the edge API.</summary>
public sealed class AccessApiTests(SiloWorld world) : IClassFixture<SiloWorld>
{
    private static readonly string s_snapshot = new('a', 64);

    [Fact]
    public async Task Activity_OfAKey_BecomesARunOfAJobOfItsName()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        var tenant = await world.AddTenantAsync(repository.Identity.Id);
        var key = await world.Grains.GetGrain<ITenantGrain>(tenant).CreateAccessKeyAsync(repository.Identity.Id, "The NAS", AccessLevel.AppendOnly, SiloWorld.Deadline);
        using var edge = world.EdgeClient(repository);
        var began = world.Time.GetUtcNow();
        var report = new AccessReport(
            key.AccessName, key.Key, "/", new string('1', 32), began, began, AccessPhase.Active, null, 0, 0, [new PathEntry("gtw1", 5, 100, 10)]);

        await edge.PostAsync(EdgeRoutes.Activity, report, SiloWorld.Deadline);
        var open = await OnlyJobAsync(tenant);
        await edge.PostAsync(EdgeRoutes.Snapshots, new SnapshotReport(key.AccessName, key.Key, "/", s_snapshot, began, report.Activity, began), SiloWorld.Deadline);
        var written = await OnlyJobAsync(tenant);
        await edge.PostAsync(EdgeRoutes.Activity, report with { Phase = AccessPhase.Ended, Snapshot = s_snapshot, Written = 1 }, SiloWorld.Deadline);
        var ended = await OnlyJobAsync(tenant);

        Assert.StartsWith("the-nas-", open.Job, StringComparison.Ordinal);
        Assert.Equal((JobMode.Agentless, RunStatus.Running), (open.Mode, open.Runs[0].Status));
        Assert.Equal((RunStatus.Running, s_snapshot), (written.Runs[0].Status, written.Runs[0].Snapshot));
        Assert.Equal((RunStatus.Succeeded, s_snapshot), (Assert.Single(ended.Runs).Status, ended.Runs[0].Snapshot));
        Assert.Equal([new PathStep("gtw1", 5, 100, 10)], ended.Runs[0].Attempts[0].Path);
    }

    [Fact]
    public async Task Activity_OfWhatIsNotTheRepositorysOwn_IsRefused()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var other = await world.EnrolRepositoryAsync(world.NewId("repo"));
        var tenant = await world.AddTenantAsync(repository.Identity.Id);
        var key = await world.Grains.GetGrain<ITenantGrain>(tenant).CreateAccessKeyAsync(repository.Identity.Id, "nas", AccessLevel.AppendOnly, SiloWorld.Deadline);
        using var edge = world.EdgeHttp(repository);
        using var otherEdge = world.EdgeHttp(other);
        using var gateway = world.EdgeHttp(world.Gateway);
        var began = world.Time.GetUtcNow();
        var report = new AccessReport(key.AccessName, key.Key, "/", new string('1', 32), began, began, AccessPhase.Active, null, 0, 0, []);

        var theirs = await otherEdge.RefusedAsync(HttpMethod.Post, EdgeRoutes.Activity, report);
        var nobodys = await edge.RefusedAsync(HttpMethod.Post, EdgeRoutes.Activity, report with { AccessKey = "nobody" });
        var byGateway = await gateway.RefusedAsync(HttpMethod.Post, EdgeRoutes.Activity, report);

        Assert.Equal((404, 404, 403), (theirs.Status, nobodys.Status, byGateway.Status));
        Assert.Equal(ProblemCodes.NotFound, theirs.Code);
        Assert.Empty(await JobsAsync(tenant));
    }

    [Theory]
    [InlineData("serverName")]
    [InlineData("accessKey")]
    [InlineData("path")]
    [InlineData("activity")]
    [InlineData("seen")]
    [InlineData("snapshot")]
    [InlineData("written")]
    [InlineData("deleted")]
    [InlineData("gateways")]
    public async Task Activity_WithAFieldThatCannotBe_NamesIt(string field)
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var edge = world.EdgeHttp(repository);
        var began = world.Time.GetUtcNow();
        var good = new AccessReport("a-x.access.demo.test", "key", "/", new string('1', 32), began, began, AccessPhase.Active, null, 0, 0, []);
        var bad = field switch
        {
            "serverName" => good with { ServerName = "No Name" },
            "accessKey" => good with { AccessKey = "" },
            "path" => good with { Path = "" },
            "activity" => good with { Activity = "1" },
            "seen" => good with { Seen = began.AddSeconds(-1) },
            "snapshot" => good with { Snapshot = "x" },
            "written" => good with { Written = -1 },
            "deleted" => good with { Deleted = int.MaxValue },
            _ => good with { Gateways = [new PathEntry("gtw1", 1, -1, 0)] },
        };

        var refused = await edge.RefusedAsync(HttpMethod.Post, EdgeRoutes.Activity, bad);

        Assert.Equal(400, refused.Status);
        Assert.Equal([field], refused.Errors!.Keys);
    }

    private async Task<JobInfo> OnlyJobAsync(string tenant) => Assert.Single(await JobsAsync(tenant));

    private async Task<IEnumerable<JobInfo>> JobsAsync(string tenant) =>
        (await world.Grains.GetGrain<IDirectory>("directory").ListJobsAsync(tenant, new PageRequest(0, 50, null, null, false, null), SiloWorld.Deadline)).Items;
}
