using Headgate.Grains;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Grains.Lists;

/// <summary>Lists as paged queries; what storage does not know (liveness, load) is asked of the grains on the page.</summary>
[GrainType("directory")]
[StatelessWorker]
internal sealed class Directory(IDbContextFactory<SiloDbContext> contexts, TimeProvider time) : Grain, IDirectory
{
    private const int MaxTenants = 500;

    // However many pages look: a thousand gateways are asked once in it.
    private static readonly TimeSpan s_trafficFor = TimeSpan.FromSeconds(1);

    private Dictionary<string, TenantTrafficInfo>? _traffic;
    private long _trafficAt;

    public Task<TenantPage> ListTenantsAsync(PageRequest page, CancellationToken cancellationToken) =>
        ReadAsync(page, (db, part) => TenantList.ReadAsync(db, part, time.GetUtcNow(), cancellationToken), cancellationToken);

    public async Task<GatewayPage> ListGatewaysAsync(PageRequest page, CancellationToken cancellationToken)
    {
        var (ids, total) = await ReadAsync(page, (db, part) => GatewayList.ReadAsync(db, part, cancellationToken), cancellationToken);
        return new GatewayPage([.. await Task.WhenAll(ids.Select(id => GrainFactory.GetGrain<IGatewayGrain>(id).GetAsync(cancellationToken)))], total);
    }

    public async Task<RepositoryPage> ListRepositoriesAsync(PageRequest page, CancellationToken cancellationToken)
    {
        var (ids, total, quotas) = await ReadAsync(page, (db, part) => RepositoryList.ReadAsync(db, part, cancellationToken), cancellationToken);
        return new RepositoryPage([.. await Task.WhenAll(ids.Select(id => GrainFactory.GetGrain<IRepositoryGrain>(id).GetAsync(cancellationToken)))], total, quotas);
    }

    public async Task<QuotaPage> ListQuotasAsync(string? tenant, PageRequest page, CancellationToken cancellationToken)
    {
        var (keys, total) = await ReadAsync(page, (db, part) => QuotaList.ReadAsync(db, tenant, part, cancellationToken), cancellationToken);
        return new QuotaPage([.. await Task.WhenAll(keys.Select(key => GrainFactory.GetGrain<IQuotaGrain>(key).GetAsync(cancellationToken)))], total);
    }

    public Task<JobPage> ListJobsAsync(string? tenant, PageRequest page, CancellationToken cancellationToken) =>
        ReadAsync(page, (db, part) => JobList.ReadAsync(db, tenant, part, time.GetUtcNow(), cancellationToken), cancellationToken);

    public Task<ActivityPage> ListActivityAsync(string? tenant, PageRequest page, CancellationToken cancellationToken) =>
        ReadAsync(page, (db, part) => ActivityList.ReadAsync(db, tenant, part, cancellationToken), cancellationToken);

    public Task<AccountPage> ListAccountsAsync(string? tenant, PageRequest page, CancellationToken cancellationToken) =>
        ReadAsync(page, (db, part) => AccountList.ReadAsync(db, tenant, part, time.GetUtcNow(), cancellationToken), cancellationToken);

    public Task<FleetTokenPage> ListFleetTokensAsync(PageRequest page, CancellationToken cancellationToken) =>
        ReadAsync(page, (db, part) => FleetTokenList.ReadAsync(db, part, cancellationToken), cancellationToken);

    public Task<ImmutableArray<PoolInfo>> ListPoolsAsync(CancellationToken cancellationToken) =>
        ReadAsync(db => PoolList.ReadAsync(db, cancellationToken), cancellationToken);

    public async Task<ImmutableArray<TenantTrafficInfo>> ListTrafficAsync(ImmutableArray<string> tenants, CancellationToken cancellationToken)
    {
        Require.Range("tenants (number)", tenants.Length, 0, MaxTenants);
        if (_traffic is null || time.GetElapsedTime(_trafficAt) >= s_trafficFor)
        {
            var gateways = await ReadAsync(
                db => db.Gateways.Where(row => row.Serial != null && !row.Revoked).Select(row => row.Id).ToListAsync(cancellationToken), cancellationToken);
            var at = time.GetTimestamp();
            _traffic = TrafficTotals.Of(await Task.WhenAll(gateways.Select(id => GrainFactory.GetGrain<IGatewayGrain>(id).GetTenantsAsync(cancellationToken))));
            _trafficAt = at;
        }
        return [.. tenants.Distinct(StringComparer.Ordinal).Select(tenant => _traffic.GetValueOrDefault(tenant)).OfType<TenantTrafficInfo>()];
    }

    public Task<Overview> GetOverviewAsync(CancellationToken cancellationToken) =>
        ReadAsync(db => OverviewQuery.ReadAsync(db, time.GetUtcNow(), cancellationToken), cancellationToken);

    private async Task<T> ReadAsync<T>(PageRequest page, Func<SiloDbContext, PageRequest, Task<T>> read, CancellationToken cancellationToken)
    {
        var part = ListQuery.Checked(page);
        return await ReadAsync(db => read(db, part), cancellationToken);
    }

    // All queries of a list see one moment, so that its total is the total of its rows.
    private async Task<T> ReadAsync<T>(Func<SiloDbContext, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.OpenForTextAsync(cancellationToken);
        await using var moment = await db.BeginReadAsync(cancellationToken);
        return await read(db);
    }
}
