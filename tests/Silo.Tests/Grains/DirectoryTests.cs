using Headgate.Grains;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

public sealed class DirectoryTests
{
    [Fact]
    public async Task Lists_WhenAskedByPage_AnswerTotalsAndWhatGrainsKnow()
    {
        await using var silo = await StartAsync();
        await silo.AddRepositoryAsync("rep1");
        await silo.AddGatewayAsync("gtw1", 1);
        foreach (var tenant in new[] { "acme", "beta", "gamma" })
        {
            await silo.AddTenantAsync(tenant, "rep1", "laptop");
            await silo.Job(tenant, "nightly").OpenRunAsync(Open("laptop"), default);
        }
        await silo.HeardAsync("gtw1", active: 7);
        var directory = silo.Grains.GetGrain<IDirectory>("directory");

        var tenants = await directory.ListTenantsAsync(new PageRequest(1, 1, null), default);
        Assert.Equal((3, "beta"), (tenants.Total, tenants.Items.Single().Tenant));
        Assert.Equal(["gamma"], (await directory.ListTenantsAsync(new PageRequest(0, 10, "amm"), default)).Items.Select(item => item.Tenant));
        Assert.Equal(7, (await directory.ListGatewaysAsync(new PageRequest(0, 10, null), default)).Items.Single().Load!.Active);
        Assert.Equal("rep1", (await directory.ListRepositoriesAsync(new PageRequest(0, 10, null), default)).Items.Single().Repository);
        Assert.Equal(3, (await directory.ListQuotasAsync(null, new PageRequest(0, 10, null), default)).Total);
        Assert.Equal("beta", (await directory.ListQuotasAsync("beta", new PageRequest(0, 10, null), default)).Items.Single().Tenant);
        var jobs = await directory.ListJobsAsync("acme", new PageRequest(0, 10, null), default);
        Assert.Equal((1, "nightly", RunStatus.Running), (jobs.Total, jobs.Items.Single().Job, jobs.Items.Single().Runs.Single().Status));
        await RefusedAsync(RefusalReason.Invalid, () => directory.ListTenantsAsync(new PageRequest(0, 501, null), default));
        await RefusedAsync(RefusalReason.Invalid, () => directory.ListTenantsAsync(new PageRequest(-1, 10, null), default));
    }
}
