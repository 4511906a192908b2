using Headgate.Grains;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;
using Headgate.Server.Administration;

namespace Headgate.Silo.Tests.Api;

/// <summary>What machines plan, and machines that cancel, over the tenant API.</summary>
public sealed class PlanApiTests(SiloWorld world) : IClassFixture<SiloWorld>
{
    [Fact]
    public async Task Put_OfAllPlans_TakesThemWithdrawsOthersAndNamesWhatItRefuses()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var connector = await world.EnrolConnectorAsync(await world.AddTenantAsync(repository.Identity.Id));
        using var client = world.TenantHttp(connector);
        var next = world.Time.GetUtcNow().AddHours(1);

        var first = await client.OkAsync<PlansAnswer>(HttpMethod.Put, TenantRoutes.Plans, new PlansRequest(
        [
            Plan("nightly", repository.Identity.Id, next), Plan("weekly", repository.Identity.Id, next), Plan("stray", "elsewhere", next),
        ]));
        var status = await client.OkAsync<TenantStatusAnswer>(HttpMethod.Get, TenantRoutes.Status);
        var second = await client.OkAsync<PlansAnswer>(HttpMethod.Put, TenantRoutes.Plans, new PlansRequest([Plan("weekly", repository.Identity.Id, next)]));

        Assert.Equal("stray", Assert.Single(first.Refused).Job);
        Assert.Contains(repository.Identity.Id, first.Refused[0].Sentence, StringComparison.Ordinal);
        Assert.Equal(["nightly", "weekly"], status.Jobs.Select(job => job.Job));
        Assert.All(status.Jobs, job => Assert.Null(job.LastRun));
        Assert.Empty(second.Refused);
        var tenant = connector.Identity.Id.Split('/')[0];
        Assert.Equal(["weekly"], (await client.OkAsync<TenantStatusAnswer>(HttpMethod.Get, TenantRoutes.Status)).Jobs.Select(job => job.Job));
        Assert.Equal("desk", (await world.Admin.GetAsync<JobInfo>(ManagementRoutes.Job(tenant, "weekly"), SiloWorld.Deadline)).Plan!.Connector);
    }

    [Fact]
    public async Task Put_WithPlansThatCannotBe_NamesTheFields()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var connector = await world.EnrolConnectorAsync(await world.AddTenantAsync(repository.Identity.Id));
        using var client = world.TenantHttp(connector);
        var next = world.Time.GetUtcNow().AddHours(1);

        var problem = await client.RefusedAsync(HttpMethod.Put, TenantRoutes.Plans, new PlansRequest(
            [Plan("Nightly", repository.Identity.Id, next) with { Schedule = new string('x', 201) }, Plan("a", "B", default)]));
        Assert.Equal(ProblemCodes.Invalid, problem.Code);
        Assert.Equal(["job", "next", "repository", "schedule"], problem.Errors!.Keys.Order(StringComparer.Ordinal));
        var many = await client.RefusedAsync(HttpMethod.Put, TenantRoutes.Plans, new PlansRequest(
            [.. Enumerable.Range(0, 201).Select(i => Plan($"job{i}", repository.Identity.Id, next))]));
        Assert.Contains("plans (entries)", many.Errors!.Keys);
    }

    [Fact]
    public async Task Cancel_OfOnesOwnRun_IsToldWithTheNextReportAndOfAnothersRefused()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        var tenant = await world.AddTenantAsync(repository.Identity.Id);
        using var mine = await world.EnrolConnectorAsync(tenant);
        using var others = await world.EnrolConnectorAsync(tenant, "other");
        using var client = world.TenantHttp(mine);
        using var other = world.TenantHttp(others);
        var ticket = await client.OkAsync<RunTicket>(
            HttpMethod.Post, TenantRoutes.Runs, new OpenRunRequest("nightly", JobKind.Backup, repository.Identity.Id, "desk", "restic backup", false, 5));

        var refused = await other.RefusedAsync(HttpMethod.Post, TenantRoutes.Cancel("nightly"));
        Assert.Equal(ProblemCodes.RunClosed, refused.Code);
        var none = await other.RefusedAsync(HttpMethod.Post, TenantRoutes.Cancel("no-such-job"));
        Assert.Equal(ProblemCodes.NotFound, none.Code);
        var job = await client.OkAsync<JobStatus>(HttpMethod.Post, TenantRoutes.Cancel("nightly"));
        Assert.Equal(ticket.Run, job.LastRun!.Run);
        var progress = await client.OkAsync<ProgressAnswer>(
            HttpMethod.Post, TenantRoutes.Progress("nightly", ticket.Run), new ProgressRequest(1, RunState.Running, ticket.Gateways.Version, []));
        Assert.True(progress.Stop);
    }

    private static PlannedJob Plan(string job, string repository, DateTimeOffset next) => new(job, JobKind.Copy, repository, "30 2 * * *", next);
}
