namespace Headgate.Grains;

/// <summary>
/// Lists, as paged queries of storage: order and filter go by what was last written. Liveness, load and the use that was reported last are the grains' to say:
/// gateways, repositories and quotas come with them.
/// Stateless worker; key <c>directory</c>. Search ignores case; whatever it contains stands for itself. Every order ends with the id, so that pages neither
/// repeat nor miss a row that did not move. Every method refuses with <see cref="RefusalReason.Invalid"/> a part, an order or a filter that cannot be, and
/// names those that can.
/// </summary>
[Alias("headgate.directory")]
public interface IDirectory : IGrainWithStringKey
{
    /// <summary>
    /// Tenants. Order: <c>id</c> (its own), <c>name</c>, <c>used</c> and <c>limit</c> (all quotas together), <c>lease-end</c> (none is last), <c>created</c>.
    /// Filter: <c>active</c> (served: neither disabled nor at the end of its lease), <c>disabled</c>, <c>near-quota</c> (a quota filled to 90 % or more), <c>lease-ended</c>.
    /// </summary>
    Task<TenantPage> ListTenantsAsync(PageRequest page, CancellationToken cancellationToken);

    /// <summary>
    /// Gateways. Order: <c>id</c> (its own), <c>host</c>, <c>weight</c>. Filter: <c>pool:</c> and a pool's name, <c>revoked</c>, <c>not-enrolled</c>, and of the others
    /// <c>active</c>, <c>draining</c>, <c>disabled</c>.
    /// </summary>
    Task<GatewayPage> ListGatewaysAsync(PageRequest page, CancellationToken cancellationToken);

    /// <summary>Repositories, with the sums of their quotas. Order: <c>id</c> (its own), <c>host</c>. No filter.</summary>
    Task<RepositoryPage> ListRepositoriesAsync(PageRequest page, CancellationToken cancellationToken);

    /// <summary>
    /// A tenant's quotas, or everybody's where <paramref name="tenant"/> is null. Order: <c>tenant</c> (its own, then the repository), <c>repository</c>, <c>used</c>,
    /// <c>limit</c>, <c>fill</c>. Filter: <c>near-quota</c> (filled to 90 % or more), <c>repository:</c> and a repository's id.
    /// </summary>
    Task<QuotaPage> ListQuotasAsync(string? tenant, PageRequest page, CancellationToken cancellationToken);

    /// <summary>
    /// A tenant's jobs, or everybody's where <paramref name="tenant"/> is null, with their newest run only. Order: <c>tenant</c> (its own, then the job), <c>job</c>,
    /// <c>last-good</c> and <c>last-run</c> (never is first). Filter: <c>running</c>, <c>failed</c> (the last run failed, was lost, or should have written a snapshot and
    /// did not), <c>silent</c> (known for 48 hours, and no good run in them), <c>missed</c> (a due time passed without a run), <c>repository:</c> and a repository's id.
    /// </summary>
    Task<JobPage> ListJobsAsync(string? tenant, PageRequest page, CancellationToken cancellationToken);

    /// <summary>
    /// What was done, newest first (descending: oldest first), about a tenant, or about everything where <paramref name="tenant"/> is null. Search looks in who, what and
    /// kind. Filter: a kind, such as <c>tenant-created</c>, or up to 16 with commas between them.
    /// </summary>
    Task<ActivityPage> ListActivityAsync(string? tenant, PageRequest page, CancellationToken cancellationToken);

    /// <summary>
    /// Accounts of a tenant, or everybody's where <paramref name="tenant"/> is null, by user name. Search looks in user and display name. No other order. Filter:
    /// <c>administrators</c>.
    /// </summary>
    Task<AccountPage> ListAccountsAsync(string? tenant, PageRequest page, CancellationToken cancellationToken);

    /// <summary>Fleet tokens, newest first; ended ones too. Search looks in id and name. No other order, no filter.</summary>
    Task<FleetTokenPage> ListFleetTokensAsync(PageRequest page, CancellationToken cancellationToken);

    /// <summary>Every pool that a gateway is in or a tenant is bound to, and the default pool, by name.</summary>
    Task<ImmutableArray<PoolInfo>> ListPoolsAsync(CancellationToken cancellationToken);

    /// <summary>
    /// What these tenants (at most 500) move now, over all gateways; those that nobody relays for are left out. Gateways name their 200 busiest tenants, so small ones may be
    /// missing on a large platform. Up to a second old.
    /// </summary>
    Task<ImmutableArray<TenantTrafficInfo>> ListTrafficAsync(ImmutableArray<string> tenants, CancellationToken cancellationToken);

    /// <summary>The whole platform in figures.</summary>
    Task<Overview> GetOverviewAsync(CancellationToken cancellationToken);
}
