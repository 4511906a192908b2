namespace Headgate.Portal.Provider.Tenants;

/// <summary>How many jobs of each tenant run now, of the first 500 that do. Read every few seconds: a busy platform writes jobs all the time.</summary>
internal sealed record RunningJobsQuery : LiveQuery<ImmutableDictionary<string, int>>
{
    public override TimeSpan? Refresh => TimeSpan.FromSeconds(3);

    public override bool IsTouchedBy(Change change) => false;

    public override async Task<ImmutableDictionary<string, int>> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken)
    {
        var running = await grains.Directory().ListJobsAsync(null, new PageRequest(0, 500, null, Filter: "running"), cancellationToken);
        return running.Items.CountBy(job => job.Tenant).ToImmutableDictionary();
    }
}
