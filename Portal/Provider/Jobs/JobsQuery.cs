namespace Headgate.Portal.Provider.Jobs;

/// <summary>A part of the list of jobs: a tenant's, or everybody's.</summary>
internal sealed record JobsQuery(string? Tenant, PageRequest Page) : LiveQuery<JobPage>
{
    // Silence comes with time alone.
    public override TimeSpan? Refresh => TimeSpan.FromSeconds(30);

    public override bool IsTouchedBy(Change change) =>
        change.Kind == SubjectKind.Job && (Tenant is null || change.Key.StartsWith(Tenant + "/", StringComparison.Ordinal));

    public override Task<JobPage> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.Directory().ListJobsAsync(Tenant, Page, cancellationToken);
}
