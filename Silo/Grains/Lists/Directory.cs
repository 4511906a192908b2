using Headgate.Grains;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Mapping;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Grains.Lists;

/// <summary>Lists as paged queries; what storage does not know (liveness, load) is asked of the grains on the page.</summary>
[GrainType("directory")]
[StatelessWorker]
internal sealed class Directory(IDbContextFactory<SiloDbContext> contexts) : Grain, IDirectory
{
    private const int MaxTake = 500;

    public async Task<TenantPage> ListTenantsAsync(PageRequest page, CancellationToken cancellationToken)
    {
        await using var db = await OpenAsync(page, cancellationToken);
        var rows = db.Tenants.Where(row => page.Search == null || row.Id.Contains(page.Search) || row.DisplayName.Contains(page.Search));
        var ids = await rows.OrderBy(row => row.Id).Skip(page.Skip).Take(page.Take).Select(row => row.Id).ToListAsync(cancellationToken);
        var items = await Task.WhenAll(ids.Select(id => GrainFactory.GetGrain<ITenantGrain>(id).GetAsync(cancellationToken)));
        return new TenantPage([.. items], await rows.CountAsync(cancellationToken));
    }

    public async Task<GatewayPage> ListGatewaysAsync(PageRequest page, CancellationToken cancellationToken)
    {
        await using var db = await OpenAsync(page, cancellationToken);
        var rows = db.Gateways.Where(row => page.Search == null || row.Id.Contains(page.Search) || row.Host.Contains(page.Search));
        var ids = await rows.OrderBy(row => row.Id).Skip(page.Skip).Take(page.Take).Select(row => row.Id).ToListAsync(cancellationToken);
        var items = await Task.WhenAll(ids.Select(id => GrainFactory.GetGrain<IGatewayGrain>(id).GetAsync(cancellationToken)));
        return new GatewayPage([.. items], await rows.CountAsync(cancellationToken));
    }

    public async Task<RepositoryPage> ListRepositoriesAsync(PageRequest page, CancellationToken cancellationToken)
    {
        await using var db = await OpenAsync(page, cancellationToken);
        var rows = db.Repositories.Where(row => page.Search == null || row.Id.Contains(page.Search) || row.Host.Contains(page.Search));
        var ids = await rows.OrderBy(row => row.Id).Skip(page.Skip).Take(page.Take).Select(row => row.Id).ToListAsync(cancellationToken);
        var items = await Task.WhenAll(ids.Select(id => GrainFactory.GetGrain<IRepositoryGrain>(id).GetAsync(cancellationToken)));
        return new RepositoryPage([.. items], await rows.CountAsync(cancellationToken));
    }

    public async Task<QuotaPage> ListQuotasAsync(string? tenant, PageRequest page, CancellationToken cancellationToken)
    {
        await using var db = await OpenAsync(page, cancellationToken);
        var rows = db.Quotas
            .Where(row => tenant == null || row.Tenant == tenant)
            .Where(row => page.Search == null || row.Tenant.Contains(page.Search) || row.Repository.Contains(page.Search));
        var keys = await rows
            .OrderBy(row => row.Tenant).ThenBy(row => row.Repository)
            .Skip(page.Skip).Take(page.Take)
            .Select(row => new { row.Tenant, row.Repository })
            .ToListAsync(cancellationToken);
        var items = await Task.WhenAll(keys.Select(key => GrainFactory.GetGrain<IQuotaGrain>(GrainKey.Of(key.Tenant, key.Repository)).GetAsync(cancellationToken)));
        return new QuotaPage([.. items], await rows.CountAsync(cancellationToken));
    }

    /// <summary>Jobs with their newest run only; the job itself answers more of them.</summary>
    public async Task<JobPage> ListJobsAsync(string? tenant, PageRequest page, CancellationToken cancellationToken)
    {
        await using var db = await OpenAsync(page, cancellationToken);
        var rows = db.Jobs
            .Where(row => tenant == null || row.Tenant == tenant)
            .Where(row => page.Search == null || row.Tenant.Contains(page.Search) || row.Id.Contains(page.Search));
        var jobs = await rows.OrderBy(row => row.Tenant).ThenBy(row => row.Id).Skip(page.Skip).Take(page.Take).ToListAsync(cancellationToken);
        var items = ImmutableArray.CreateBuilder<JobInfo>(jobs.Count);
        foreach (var job in jobs)
        {
            var runs = await RunRows.LoadAsync(db, job.Tenant, job.Id, job.NextRun - 1, cancellationToken);
            items.Add(new JobInfo(job.Tenant, job.Id, job.Mode, job.Repository, job.LastGood, [.. runs.Select(run => run.Describe())], job.Version));
        }
        return new JobPage(items.ToImmutable(), await rows.CountAsync(cancellationToken));
    }

    private async Task<SiloDbContext> OpenAsync(PageRequest page, CancellationToken cancellationToken)
    {
        Require.Range("skip", page.Skip, 0, int.MaxValue);
        Require.Range("take", page.Take, 1, MaxTake);
        return await contexts.CreateDbContextAsync(cancellationToken);
    }
}
