namespace Headgate.Portal.Tenants;

/// <summary>One job of the tenant with its last runs.</summary>
internal sealed record TenantJobQuery(string Tenant, string Job) : LiveQuery<JobInfo>
{
    public override bool IsTouchedBy(Change change) => change.Kind == SubjectKind.Job && change.Key == OfTenant.Key(Tenant, Job);

    public override Task<JobInfo> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.GetGrain<IJobGrain>(OfTenant.Key(Tenant, Job)).GetAsync(cancellationToken);
}
