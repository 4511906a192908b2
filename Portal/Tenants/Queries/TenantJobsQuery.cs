namespace Headgate.Portal.Tenants;

/// <summary>A part of the tenant's jobs, each with its newest run.</summary>
internal sealed record TenantJobsQuery(string Tenant, PageRequest Page) : LiveQuery<JobPage>
{
    public override bool IsTouchedBy(Change change) => change.Kind == SubjectKind.Job && OfTenant.IsKey(Tenant, change.Key);

    public override Task<JobPage> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.Directory().ListJobsAsync(Tenant, Page, cancellationToken);
}
