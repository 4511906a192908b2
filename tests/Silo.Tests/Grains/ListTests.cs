using System.Data.Common;
using Headgate.Grains;
using Headgate.Silo.Grains.Jobs;
using Headgate.Silo.Grains.Lists;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

/// <summary>Orders, filters and searches of lists, over rows that are written as they are needed.</summary>
public sealed class ListTests
{
    private const int MaxStatements = 10;

    [Theory]
    [InlineData(null, "acme beta gamma zeta")]
    [InlineData("id", "acme beta gamma zeta")]
    [InlineData("name", "zeta beta gamma acme")]
    [InlineData("used", "gamma zeta acme beta")]
    [InlineData("limit", "zeta acme gamma beta")]
    [InlineData("lease-end", "gamma beta acme zeta")]
    [InlineData("created", "beta acme zeta gamma")]
    public async Task Tenants_WhenSorted_ComeInThatOrderAndItsReverse(string? sort, string expected)
    {
        await using var silo = await TenantsAsync();
        Assert.Equal(expected.Split(' '), await IdsAsync(new PageRequest(0, 10, null, sort)));
        Assert.Equal(expected.Split(' ').Reverse(), await IdsAsync(new PageRequest(0, 10, null, sort, Descending: true)));
        var paged = new List<string>();
        for (var skip = 0; skip < 4; skip++)
        {
            paged.AddRange(await IdsAsync(new PageRequest(skip, 1, null, sort)));
        }
        Assert.Equal(expected.Split(' '), paged);

        async Task<IEnumerable<string>> IdsAsync(PageRequest page) => (await Directory(silo).ListTenantsAsync(page, default)).Items.Select(item => item.Tenant);
    }

    [Theory]
    [InlineData(null, "active", "acme zeta")]
    [InlineData(null, "disabled", "beta")]
    [InlineData(null, "near-quota", "beta")]
    [InlineData(null, "lease-ended", "gamma")]
    [InlineData("100%", null, "gamma")]
    [InlineData("_", null, "gamma")]
    [InlineData("%", null, "gamma")]
    [InlineData("ÄRZTE", null, "beta")]
    [InlineData("ärzte", null, "beta")]
    [InlineData("株式", null, "zeta")]
    [InlineData("株式", "disabled", "")]
    [InlineData("ET", null, "beta zeta")]
    [InlineData("'; DROP TABLE tenant; --", null, "")]
    [InlineData("\\", null, "")]
    [InlineData("", "active", "acme zeta")]
    public async Task Tenants_WhenFilteredAndSearched_AreThose(string? search, string? filter, string expected)
    {
        await using var silo = await TenantsAsync();
        var page = await Directory(silo).ListTenantsAsync(new PageRequest(0, 10, search, Filter: filter), default);
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), page.Items.Select(item => item.Tenant));
        Assert.Equal(page.Items.Length, page.Total);
    }

    [Fact]
    public async Task Lists_WhenOrderOrFilterIsUnknown_NameThoseThereAre()
    {
        await using var silo = await StartAsync();
        var directory = Directory(silo);
        var lists = new (Func<PageRequest, Task> List, string Orders, string Filters)[]
        {
            (page => directory.ListTenantsAsync(page, default), "id, name, used, limit, lease-end, created", "active, disabled, near-quota, lease-ended"),
            (page => directory.ListGatewaysAsync(page, default), "id, host, weight", "active, draining, disabled, revoked, not-enrolled, pool:NAME"),
            (page => directory.ListRepositoriesAsync(page, default), "id, host", "none"),
            (page => directory.ListQuotasAsync(null, page, default), "tenant, repository, used, limit, fill", "near-quota, repository:ID"),
            (page => directory.ListJobsAsync(null, page, default), "tenant, job, last-good, last-run", "running, failed, silent, missed, repository:ID"),
            (page => directory.ListActivityAsync(null, page, default), "time", "a kind of entry, such as tenant-created, or up to 16 with commas between them"),
            (page => directory.ListAccountsAsync(null, page, default), "user", "administrators"),
            (page => directory.ListFleetTokensAsync(page, default), "created", "none"),
        };
        foreach (var (list, orders, filters) in lists)
        {
            var order = await RefusedAsync(RefusalReason.Invalid, () => list(new PageRequest(0, 10, null, Sort: "colour")));
            Assert.Equal($"sort: 'colour' cannot be; allowed: {orders}.", order.Message);
            var filter = await RefusedAsync(RefusalReason.Invalid, () => list(new PageRequest(0, 10, null, Filter: "BLUE!")));
            Assert.Equal($"filter: 'BLUE!' cannot be; allowed: {filters}.", filter.Message);
            await RefusedAsync(RefusalReason.Invalid, () => list(new PageRequest(0, 0, null)));
            await RefusedAsync(RefusalReason.Invalid, () => list(new PageRequest(0, 501, null)));
            await RefusedAsync(RefusalReason.Invalid, () => list(new PageRequest(-1, 1, null)));
            await RefusedAsync(RefusalReason.Invalid, () => list(new PageRequest(0, 1, new string('x', 101))));
            await list(new PageRequest(int.MaxValue, 1, "\0\ud800%_'\""));
        }
    }

    [Fact]
    public async Task Gateways_WhenSortedAndFiltered_AreThose()
    {
        await using var silo = await StartAsync();
        await silo.AddGatewayAsync("gtw1", 3);
        await silo.AddGatewayAsync("gtw2", 2, "gold");
        await silo.AddGatewayAsync("gtw3", 1, "gold", "default");
        await silo.AddGatewayAsync("gtw4", 4);
        await silo.Gateway("gtw5").CreateAsync(new CreateGateway(GatewayMode.Nat, "192.0.2.5", 6180, 50, [], "Zürich, Süd"), default);
        await ChangeAsync("gtw2", new ChangeGateway(WantedState.Draining, null, null, null, 200, null, null));
        await ChangeAsync("gtw3", new ChangeGateway(WantedState.Disabled, null, null, null, null, null, null, "Bern"));
        await silo.Gateway("gtw4").RevokeAsync(default);

        Assert.Equal("gtw3 gtw2 gtw1 gtw4 gtw5", await ListAsync(new PageRequest(0, 10, null, "host")));
        Assert.Equal("gtw2 gtw4 gtw3 gtw1 gtw5", await ListAsync(new PageRequest(0, 10, null, "weight", Descending: true)));
        Assert.Equal("gtw1", await ListAsync(new PageRequest(0, 10, null, Filter: "active")));
        Assert.Equal("gtw2", await ListAsync(new PageRequest(0, 10, null, Filter: "draining")));
        Assert.Equal("gtw3", await ListAsync(new PageRequest(0, 10, null, Filter: "disabled")));
        Assert.Equal("gtw4", await ListAsync(new PageRequest(0, 10, null, Filter: "revoked")));
        Assert.Equal("gtw5", await ListAsync(new PageRequest(0, 10, null, Filter: "not-enrolled")));
        Assert.Equal("gtw2 gtw3", await ListAsync(new PageRequest(0, 10, null, Filter: "pool:gold")));
        Assert.Equal("", await ListAsync(new PageRequest(0, 10, null, Filter: "pool:nowhere")));
        Assert.Equal("gtw5", await ListAsync(new PageRequest(0, 10, "ZÜRICH")));
        Assert.Equal("Bern", (await silo.Gateway("gtw3").GetAsync(default)).DisplayName);
        Assert.Equal("", (await ChangeAsync("gtw3", new ChangeGateway(null, null, null, null, null, null, null, ""))).DisplayName);
        await RefusedAsync(RefusalReason.Invalid, () => ChangeAsync("gtw3", new ChangeGateway(null, null, null, null, null, null, null, new string('x', 101))));
        await RefusedAsync(RefusalReason.Invalid, () => ChangeAsync("gtw3", new ChangeGateway(null, null, null, null, null, null, null, "a\nb")));

        Task<GatewayInfo> ChangeAsync(string id, ChangeGateway change) => silo.Gateway(id).ChangeAsync(change, default);
        async Task<string> ListAsync(PageRequest page) => string.Join(' ', (await Directory(silo).ListGatewaysAsync(page, default)).Items.Select(item => item.Gateway));
    }

    [Theory]
    [InlineData("restic init", false)]
    [InlineData("restic forget", false)]
    [InlineData("restic backup", true)]
    [InlineData("tar", true)]
    public async Task Jobs_WhenARunWroteNoSnapshot_AreFailedAndSilentOnlyIfOneWasDue(string tool, bool isDue)
    {
        await using var silo = await StartAsync();
        await WriteAsync(silo, db =>
        {
            db.AddRange(Repository("rep1"), Tenant("acme"), Quota("acme", "rep1", 100, 1), Job("acme", "a", "rep1", null, 2));
            var run = Run("acme", "a", 1, RunStatus.NoSnapshot, silo.Time.GetUtcNow().AddHours(-49));
            run.Tool = tool;
            db.Add(run);
        });

        Assert.Equal(isDue, RunRules.ExpectsSnapshot(tool, readsOnly: false));
        Assert.Equal(isDue, RunRules.EndReason(RunStatus.NoSnapshot, 0, RunRules.ExpectsSnapshot(tool, readsOnly: false)) is not null);
        foreach (var filter in new[] { "failed", "silent" })
        {
            Assert.Equal(isDue ? 1 : 0, (await Directory(silo).ListJobsAsync("acme", new PageRequest(0, 10, null, Filter: filter), default)).Total);
        }
    }

    [Fact]
    public async Task QuotasAndJobs_WhenSortedAndFiltered_AreThose()
    {
        await using var silo = await StartAsync();
        await WriteAsync(silo, db =>
        {
            db.AddRange(Repository("rep1"), Repository("rep2"), Tenant("acme"), Tenant("beta"));
            db.AddRange(Quota("acme", "rep1", 100, 91), Quota("acme", "rep2", 1000, 92), Quota("beta", "rep1", 10, 9), Quota("beta", "rep2", long.MaxValue, 5));
            var now = silo.Time.GetUtcNow();
            db.AddRange(
                Job("acme", "a", "rep1", now.AddHours(-49), 3), Job("acme", "b", "rep2", now.AddHours(-1), 2), Job("beta", "a", "rep1", null, 2), Job("beta", "new", "rep1", null, 1));
            db.AddRange(
                Run("acme", "a", 1, RunStatus.Succeeded, now.AddHours(-50)), Run("acme", "a", 2, RunStatus.Lost, now.AddHours(-3)),
                Run("acme", "b", 1, RunStatus.NoSnapshot, now.AddHours(-2), readsOnly: true), Run("beta", "a", 1, RunStatus.Running, now.AddHours(-4)));
            db.Add(new AttemptRow { Tenant = "acme", Job = "a", Run = 2, Attempt = 1, Started = now });
            db.Add(new PathStepRow { Tenant = "acme", Job = "a", Run = 2, Attempt = 1, Gateway = "gtw1", Connections = 5 });
        });

        Assert.Equal("acme/rep1 acme/rep2 beta/rep1 beta/rep2", await QuotasAsync(new PageRequest(0, 10, null)));
        Assert.Equal("acme/rep1 beta/rep1 acme/rep2 beta/rep2", await QuotasAsync(new PageRequest(0, 10, null, "repository")));
        Assert.Equal("beta/rep2 beta/rep1 acme/rep1 acme/rep2", await QuotasAsync(new PageRequest(0, 10, null, "used")));
        Assert.Equal("beta/rep2 acme/rep2 acme/rep1 beta/rep1", await QuotasAsync(new PageRequest(0, 10, null, "limit", Descending: true)));
        Assert.Equal("beta/rep2 acme/rep2 beta/rep1 acme/rep1", await QuotasAsync(new PageRequest(0, 10, null, "fill")));
        Assert.Equal("acme/rep1 beta/rep1", await QuotasAsync(new PageRequest(0, 10, null, Filter: "near-quota")));
        Assert.Equal("acme/rep2 beta/rep2", await QuotasAsync(new PageRequest(0, 10, null, Filter: "repository:rep2")));

        Assert.Equal("acme/a beta/a acme/b beta/new", await JobsAsync(new PageRequest(0, 10, null, "job")));
        Assert.Equal("beta/a beta/new acme/a acme/b", await JobsAsync(new PageRequest(0, 10, null, "last-good")));
        Assert.Equal("acme/b acme/a beta/a beta/new", await JobsAsync(new PageRequest(0, 10, null, "last-run", Descending: true)));
        Assert.Equal("beta/a", await JobsAsync(new PageRequest(0, 10, null, Filter: "running")));
        Assert.Equal("acme/a", await JobsAsync(new PageRequest(0, 10, null, Filter: "failed")));
        Assert.Equal("acme/a", await JobsAsync(new PageRequest(0, 10, null, Filter: "silent")));
        Assert.Equal("acme/b", await JobsAsync(new PageRequest(0, 10, null, Filter: "repository:rep2")));
        var job = (await Directory(silo).ListJobsAsync("acme", new PageRequest(0, 1, null), default)).Items.Single();
        Assert.Equal((2, RunStatus.Lost, 1, "gtw1"), (job.Runs.Single().Run, job.Runs[0].Status, job.Runs[0].Attempts.Single().Attempt, job.Runs[0].Attempts[0].Path.Single().Gateway));

        async Task<string> QuotasAsync(PageRequest page) =>
            string.Join(' ', (await Directory(silo).ListQuotasAsync(null, page, default)).Items.Select(item => $"{item.Tenant}/{item.Repository}"));
        async Task<string> JobsAsync(PageRequest page) =>
            string.Join(' ', (await Directory(silo).ListJobsAsync(null, page, default)).Items.Select(item => $"{item.Tenant}/{item.Job}"));
    }

    [Fact]
    public async Task Pages_WhenThereAreFiveThousandTenants_CostFewStatements()
    {
        const int Tenants = 5000;
        await using var silo = await StartAsync();
        await WriteAsync(silo, db =>
        {
            db.Add(Repository("rep1"));
            for (var number = 0; number < Tenants; number++)
            {
                var id = $"t{number:0000}";
                db.AddRange(
                    Tenant(id),
                    Quota(id, "rep1", 1000, number % 1000),
                    new EntitlementRow { Tenant = id, Repository = "rep1", AccessName = $"a-{id}", Created = silo.Time.GetUtcNow() },
                    Job(id, "nightly", "rep1", null, 2),
                    Run(id, "nightly", 1, number % 50 == 0 ? RunStatus.Failed : RunStatus.Succeeded, silo.Time.GetUtcNow().AddHours(-49)));
            }
        });
        var counter = new StatementCounter();
        var options = new DbContextOptionsBuilder<SiloDbContext>(silo.Services.GetRequiredService<DbContextOptions<SiloDbContext>>()).AddInterceptors(counter).Options;
        await using var db = new SiloDbContext(options);
        await db.OpenForTextAsync(default);
        var now = silo.Time.GetUtcNow();

        foreach (var sort in new[] { "id", "name", "used", "limit", "lease-end", "created" })
        {
            foreach (var filter in new[] { null, "active", "near-quota" })
            {
                counter.Count = 0;
                var page = await TenantList.ReadAsync(db, new PageRequest(2000 / 20, 50, "t", sort, true, filter), now, default);
                Assert.Equal(filter == "near-quota" ? 500 : Tenants, page.Total);
                Assert.Equal(50, page.Items.Length);
                Assert.All(page.Items, item => Assert.Single(item.Entitlements));
                Assert.InRange(counter.Count, 1, MaxStatements);
            }
        }
        foreach (var filter in new[] { null, "failed", "silent", "running" })
        {
            counter.Count = 0;
            var page = await JobList.ReadAsync(db, null, new PageRequest(0, 50, null, "last-run", true, filter), now, default);
            Assert.Equal(filter switch { "failed" => 100, "running" => 0, _ => Tenants }, page.Total);
            Assert.All(page.Items, item => Assert.Single(item.Runs));
            Assert.InRange(counter.Count, 1, MaxStatements);
        }
        counter.Count = 0;
        Assert.Equal((Tenants, 500), ((await OverviewQuery.ReadAsync(db, now, default)) is var overview ? overview.Tenants : 0, overview.TenantsNearQuota));
        Assert.InRange(counter.Count, 1, MaxStatements);
    }

    private static IDirectory Directory(SiloWorld silo) => silo.Grains.GetGrain<IDirectory>("directory");

    private static async Task<SiloWorld> TenantsAsync()
    {
        var silo = await StartAsync();
        var now = silo.Time.GetUtcNow();
        await WriteAsync(silo, db =>
        {
            db.AddRange(Repository("rep1"), Repository("rep2"));
            db.AddRange(
                Tenant("acme", "Zora", created: now.AddDays(-3)),
                Tenant("beta", "die Ärzte", TenantStatus.Disabled, now.AddDays(1), now.AddDays(-4)),
                Tenant("gamma", "is 100%_sure", leaseEnds: now.AddSeconds(-1), created: now.AddDays(-1)),
                Tenant("zeta", "Beispiel 株式会社", created: now.AddDays(-2)));
            db.AddRange(Quota("acme", "rep1", 400, 100), Quota("beta", "rep1", 500, 450), Quota("beta", "rep2", 800, 4), Quota("gamma", "rep1", 900, 0));
        });
        return silo;
    }

    private static Task WriteAsync(SiloWorld silo, Action<SiloDbContext> add) => silo.Services.GetRequiredService<ISiloWriter>().WriteAsync(
        (db, _) =>
        {
            add(db);
            return Task.CompletedTask;
        },
        default);

    private static TenantRow Tenant(
        string id, string? name = null, TenantStatus status = TenantStatus.Active, DateTimeOffset? leaseEnds = null, DateTimeOffset created = default) =>
        new() { Id = id, DisplayName = name ?? "Tenant " + id, Status = status, LeaseEnds = leaseEnds, Created = created, Version = 1 };

    private static RepositoryRow Repository(string id) => new() { Id = id, Host = "127.0.0.1", Port = 6183, Version = 1 };

    private static QuotaRow Quota(string tenant, string repository, long limit, long used) =>
        new() { Tenant = tenant, Repository = repository, LimitBytes = limit, UsedBytes = used, Version = 1 };

    private static JobRow Job(string tenant, string id, string repository, DateTimeOffset? lastGood, long nextRun) =>
        new() { Tenant = tenant, Id = id, Repository = repository, LastGood = lastGood, NextRun = nextRun, Version = 1 };

    private static RunRow Run(string tenant, string job, long run, RunStatus status, DateTimeOffset started, bool readsOnly = false) => new()
    {
        Tenant = tenant,
        Job = job,
        Run = run,
        Status = status,
        Connector = "laptop",
        Repository = "rep1",
        Host = "host",
        Tool = "restic backup",
        ReadsOnly = readsOnly,
        ServerName = $"r-{tenant}-{job}-{run}",
        Started = started,
        Ended = status == RunStatus.Running ? null : started.AddMinutes(1),
        Heard = started,
    };

    private sealed class StatementCounter : DbCommandInterceptor
    {
        public int Count { get; set; }

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            Count++;
            return ValueTask.FromResult(result);
        }
    }
}
