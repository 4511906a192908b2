using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.EndToEnd.Tests.Security;

/// <summary>A tenant speaks for another's run on the tenant API.</summary>
[Collection(ProviderCollection.Name)]
public sealed class RunOwnershipTests(Provider provider)
{
    [Fact]
    public async Task TenantApi_WhenARunIsAnothers_RefusesAndLeavesItAlone()
    {
        using var acme = provider.ApiOf(provider.AcmeDesk);
        using var beta = provider.ApiOf(provider.BetaDesk);
        var ticket = await beta.OpenRunAsync(provider.Fresh("theirs"));
        PathEntry[] path = [];

        var refusals = new[]
        {
            await Assert.ThrowsAsync<ProblemException>(() => acme.PostAsync<ProgressRequest, ProgressAnswer>(
                TenantRoutes.Progress(ticket.Job, ticket.Run), new ProgressRequest(ticket.Attempt, RunState.Running, 0, path))),
            await Assert.ThrowsAsync<ProblemException>(() => acme.PostAsync<NextAttemptRequest, RunTicket>(
                TenantRoutes.Attempts(ticket.Job, ticket.Run), new NextAttemptRequest(ticket.Attempt, 1, "stolen", path))),
            await Assert.ThrowsAsync<ProblemException>(() => acme.FinishAsync(ticket)),
        };

        Assert.All(refusals, refusal => Assert.True((int)refusal.Status is 403 or 404, $"{refusal.Status}: {refusal.Message}"));
        RouteTests.AssertServed(await provider.GetAsync(ticket.ServerName, provider.BetaDesk.Identity()), provider.BetaSecret);
        Assert.False((await beta.PostAsync<ProgressRequest, ProgressAnswer>(
            TenantRoutes.Progress(ticket.Job, ticket.Run), new ProgressRequest(ticket.Attempt, RunState.Running, 0, path))).Stop);
        await beta.FinishAsync(ticket);
    }

    [Fact]
    public async Task TenantApi_WhenJobsHaveTheSameName_KeepsThemApart()
    {
        using var acme = provider.ApiOf(provider.AcmeDesk);
        using var beta = provider.ApiOf(provider.BetaDesk);
        var job = provider.Fresh("same");
        var theirs = await beta.OpenRunAsync(job);
        var mine = await acme.OpenRunAsync(job);
        Assert.NotEqual(theirs.ServerName, mine.ServerName);
        await acme.FinishAsync(mine);
        RouteTests.AssertServed(await provider.GetAsync(theirs.ServerName, provider.BetaDesk.Identity()), provider.BetaSecret);
        await beta.FinishAsync(theirs);
        var status = await acme.GetAsync<TenantStatusAnswer>(TenantRoutes.Status);
        Assert.Equal("acme", status.Tenant);
    }

    [Fact]
    public async Task TenantApi_WhenTheRepositoryIsNotTheTenants_RefusesWithTheReason()
    {
        using var acme = provider.ApiOf(provider.AcmeDesk);
        var refusal = await Assert.ThrowsAsync<ProblemException>(() => acme.OpenRunAsync(provider.Fresh("job"), "repo9"));
        Assert.True(refusal.Code is ProblemCodes.NoQuota or ProblemCodes.NotFound, refusal.Code);
        Assert.Contains("repo9", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Upper")]
    [InlineData("../beta")]
    [InlineData("")]
    [InlineData("way-too-long-for-a-job-name-that-is-allowed")]
    public async Task TenantApi_WhenAJobsNameCannotBe_NamesTheFieldAndItsValue(string job)
    {
        using var acme = provider.ApiOf(provider.AcmeDesk);
        var refusal = await Assert.ThrowsAsync<ProblemException>(() => acme.OpenRunAsync(job));
        Assert.Equal(400, (int)refusal.Status);
        var (field, words) = Assert.Single(refusal.Problem.Errors!);
        Assert.Equal("job", field, ignoreCase: true);
        Assert.Contains(job, string.Join(' ', words), StringComparison.Ordinal);
    }
}
