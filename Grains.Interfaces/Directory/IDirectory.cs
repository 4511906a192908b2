namespace Headgate.Grains;

/// <summary>Lists, as paged queries of storage. Stateless worker; key <c>directory</c>. Liveness and load are the grains' to say: gateways and repositories come with them.</summary>
[Alias("headgate.directory")]
public interface IDirectory : IGrainWithStringKey
{
    /// <summary>Tenants by id.</summary>
    Task<TenantPage> ListTenantsAsync(PageRequest page, CancellationToken cancellationToken);

    /// <summary>Gateways by id.</summary>
    Task<GatewayPage> ListGatewaysAsync(PageRequest page, CancellationToken cancellationToken);

    /// <summary>Repositories by id.</summary>
    Task<RepositoryPage> ListRepositoriesAsync(PageRequest page, CancellationToken cancellationToken);

    /// <summary>A tenant's quotas, or everybody's where <paramref name="tenant"/> is null.</summary>
    Task<QuotaPage> ListQuotasAsync(string? tenant, PageRequest page, CancellationToken cancellationToken);

    /// <summary>A tenant's jobs, or everybody's where <paramref name="tenant"/> is null.</summary>
    Task<JobPage> ListJobsAsync(string? tenant, PageRequest page, CancellationToken cancellationToken);
}
