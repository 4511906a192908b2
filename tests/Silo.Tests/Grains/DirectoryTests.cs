using Headgate.Grains;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Microsoft.Extensions.DependencyInjection;
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
        await silo.AddRepositoryAsync("rep2");
        await silo.Grains.GetGrain<IQuotaGrain>("acme/rep1").SetAsync(long.MaxValue, null, default);
        var limit = (await silo.Grains.GetGrain<IQuotaGrain>("beta/rep1").GetAsync(default)).LimitBytes;
        Assert.True(limit > 0);
        var repositories = await directory.ListRepositoriesAsync(new PageRequest(0, 10, null, Descending: true), default);
        Assert.Equal(["rep2", "rep1"], repositories.Items.Select(item => item.Repository));
        Assert.Equal(long.MaxValue, (await directory.GetOverviewAsync(default)).LimitBytes);
        Assert.Equal([new QuotaSum("rep2", 0, 0, 0), new QuotaSum("rep1", 3, long.MaxValue, 0)], repositories.Quotas);
        Assert.Equal(3, (await directory.ListQuotasAsync(null, new PageRequest(0, 10, null), default)).Total);
        Assert.Equal("beta", (await directory.ListQuotasAsync("beta", new PageRequest(0, 10, null), default)).Items.Single().Tenant);
        var jobs = await directory.ListJobsAsync("acme", new PageRequest(0, 10, null), default);
        Assert.Equal((1, "nightly", RunStatus.Running), (jobs.Total, jobs.Items.Single().Job, jobs.Items.Single().Runs.Single().Status));
        await RefusedAsync(RefusalReason.Invalid, () => directory.ListTenantsAsync(new PageRequest(0, 501, null), default));
        await RefusedAsync(RefusalReason.Invalid, () => directory.ListTenantsAsync(new PageRequest(-1, 10, null), default));
    }

    [Fact]
    public async Task Codes_WhenMade_AreWholeAndSoAreUrls()
    {
        await using var silo = await StartAsync();
        await silo.AddRepositoryAsync("rep1");
        await silo.AddGatewayAsync("gtw1", 1);
        var tenant = await silo.AddTenantAsync("acme", "rep1", "laptop");

        Check(await silo.Gateway("gtw1").CreateCodeAsync(TimeSpan.FromHours(1), default), CertificateRole.Gateway, "gtw1", "127.0.0.1", 6181);
        Check(await silo.Repository("rep1").CreateCodeAsync(TimeSpan.FromHours(1), default), CertificateRole.Repository, "rep1", "127.0.0.1", 6181);
        CallContext.Act("silo", isProvider: true);
        Check(await tenant.CreateCodeAsync(TimeSpan.FromHours(1), AccessLevel.Full, default), CertificateRole.Connector, "acme", "cc.backup.test", 6180);
        var key = await tenant.CreateAccessKeyAsync("rep1", "nas", AccessLevel.Full, default);
        Assert.Equal($"rest:https://{key.Key}:{key.Secret}@{key.AccessName}:6180/", key.Url);

        void Check(EnrolmentSecret secret, CertificateRole role, string subject, string host, int port)
        {
            Assert.True(EnrolmentCode.TryParse(secret.Code, out var code), secret.Code);
            Assert.Equal(
                new EnrolmentCode(role, subject, secret.Secret, host, port, silo.Services.GetRequiredService<TestAuthority>().Fingerprint),
                code);
        }
    }

    [Fact]
    public async Task Overview_WhenThereIsSomething_CountsIt()
    {
        await using var silo = await StartAsync();
        var directory = silo.Grains.GetGrain<IDirectory>("directory");
        Assert.Equal(new Overview(0, 0, 0, 0, 0, 0, 0, 0, 0, 0), await directory.GetOverviewAsync(default));

        await silo.AddRepositoryAsync("rep1");
        await silo.AddRepositoryAsync("rep2");
        await silo.Repository("rep2").RevokeAsync(default);
        await silo.AddGatewayAsync("gtw1", 1);
        foreach (var id in new[] { "acme", "beta", "gamma" })
        {
            await silo.AddTenantAsync(id, "rep1", "laptop");
        }
        await silo.Tenant("gamma").ChangeAsync(new ChangeTenant(null, TenantStatus.Disabled, null, null, null, null), default);
        await silo.UseAsync("acme", "rep1", (1L << 30) * 9 / 10 + 1);
        await silo.UseAsync("beta", "rep1", 100);
        await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);
        var failing = await silo.Job("beta", "nightly").OpenRunAsync(Open("laptop"), default);
        await silo.Job("beta", "nightly").FinishRunAsync(failing.Run, End(1), default);
        var reading = await silo.Job("beta", "restore").OpenRunAsync(Open("laptop", readsOnly: true), default);
        await silo.Job("beta", "restore").FinishRunAsync(reading.Run, End(0), default);

        Assert.Equal(new Overview(3, 1, 1, 1, 1, 1, 1, 0, 3L << 30, ((1L << 30) * 9 / 10) + 101), await directory.GetOverviewAsync(default));
        silo.Time.Advance(TimeSpan.FromHours(49));
        Assert.Equal(2, (await directory.GetOverviewAsync(default)).JobsSilent);
    }

    [Fact]
    public async Task Pools_WhenInUse_NameTheirGatewaysAndCountTheirTenants()
    {
        await using var silo = await StartAsync();
        await silo.AddRepositoryAsync("rep1");
        await silo.AddGatewayAsync("gtw1", 1);
        await silo.AddGatewayAsync("gtw2", 2, "gold", "default");
        await silo.AddGatewayAsync("gtw3", 3, "gold");
        await silo.Gateway("gtw3").RevokeAsync(default);
        await silo.AddTenantAsync("acme", "rep1", "laptop");
        await silo.AddTenantAsync("beta", "rep1", "laptop", 0, "gold", "silver");

        Assert.Equal(
            ["default: gtw1 gtw2; 1", "gold: gtw2; 1", "silver: ; 1"],
            (await silo.Grains.GetGrain<IDirectory>("directory").ListPoolsAsync(default)).Select(pool => $"{pool.Pool}: {string.Join(' ', pool.Gateways)}; {pool.Tenants}"));
    }

    [Fact]
    public async Task Activity_WhenAskedForATenant_IsThatTenantsOnly()
    {
        await using var silo = await StartAsync();
        await silo.AddRepositoryAsync("rep1");
        await silo.AddGatewayAsync("gtw1", 1);
        await silo.AddTenantAsync("acme", "rep1", "laptop");
        await silo.AddTenantAsync("beta", "rep1", "laptop");
        await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);
        await silo.Job("acme", "nightly").CancelAsync(default);
        var directory = silo.Grains.GetGrain<IDirectory>("directory");

        var acme = await directory.ListActivityAsync("acme", new PageRequest(0, 100, null), default);
        Assert.Equal(["run-cancelled", "enrolled", "code-created", "entitled", "quota-set", "tenant-created"], acme.Items.Select(item => item.Kind));
        Assert.All(acme.Items, item => Assert.Equal("acme", item.Tenant));
        Assert.Equal(acme.Total, acme.Items.Length);
        var all = await directory.ListActivityAsync(null, new PageRequest(0, 500, null), default);
        Assert.Equal(all.Items.OrderByDescending(item => item.Id).Select(item => item.Id), all.Items.Select(item => item.Id));
        Assert.Contains(all.Items, item => item is { Kind: "gateway-created", Tenant: null });
        Assert.Equal(2, (await directory.ListActivityAsync(null, new PageRequest(0, 10, null, Filter: "tenant-created"), default)).Total);
        Assert.Equal("beta", (await directory.ListActivityAsync(null, new PageRequest(0, 10, "TENANT BETA", Filter: "tenant-created"), default)).Items.Single().Tenant);
        await RefusedAsync(RefusalReason.Invalid, () => directory.ListActivityAsync(null, new PageRequest(0, 10, null, Filter: "What?"), default));
        await RefusedAsync(RefusalReason.Invalid, () => directory.ListActivityAsync(null, new PageRequest(0, 10, null, Sort: "who"), default));
    }

    [Fact]
    public async Task Accounts_WhenListed_AreOfATenantOrAdministrators()
    {
        await using var silo = await StartAsync();
        await silo.Tenant("acme").CreateAsync(new CreateTenant("Acme", [], null, 0), default);
        foreach (var (user, tenant) in new[] { ("root", null), ("anna", "acme"), ("bert", (string?)"acme") })
        {
            await silo.Grains.GetGrain<IAccountGrain>(user).CreateAsync(
                new CreateAccount($"Ämtlich {user}", tenant is null ? AccountRole.Administrator : AccountRole.Tenant, tenant, "correct horse battery", false), default);
        }
        var directory = silo.Grains.GetGrain<IDirectory>("directory");

        var all = await directory.ListAccountsAsync(null, new PageRequest(0, 10, null), default);
        Assert.Equal(["anna", "bert", "root"], all.Items.Select(item => item.Account));
        foreach (var item in all.Items)
        {
            Assert.Equal(await silo.Grains.GetGrain<IAccountGrain>(item.Account).GetAsync(default), item);
        }
        Assert.Equal(["bert", "anna"], (await directory.ListAccountsAsync("acme", new PageRequest(0, 10, null, Descending: true), default)).Items.Select(item => item.Account));
        Assert.Equal("root", (await directory.ListAccountsAsync(null, new PageRequest(0, 10, null, Filter: "administrators"), default)).Items.Single().Account);
        Assert.Equal("bert", (await directory.ListAccountsAsync(null, new PageRequest(0, 10, "äMTLICH B"), default)).Items.Single().Account);
        await RefusedAsync(RefusalReason.Invalid, () => directory.ListAccountsAsync(null, new PageRequest(0, 10, null, Filter: "tenants"), default));
        Assert.Contains(
            (await directory.ListActivityAsync("acme", new PageRequest(0, 10, null, Filter: "account-created"), default)).Items, item => item.What.Contains("anna", StringComparison.Ordinal));
    }

    private static RunEnd End(int exitCode) => new("laptop", 1, exitCode, false, null, []);
}
