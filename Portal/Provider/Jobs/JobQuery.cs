namespace Headgate.Portal.Provider.Jobs;

/// <summary>A job with its runs.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Job">Its job.</param>
/// <param name="IsRunning">Whether a run is open: what it has moved is not written each time, so it is read each second.</param>
internal sealed record JobQuery(string Tenant, string Job, bool IsRunning) : LiveQuery<JobInfo>
{
    public override TimeSpan? Refresh => IsRunning ? TimeSpan.FromSeconds(1) : null;

    public override bool IsTouchedBy(Change change) => change.Kind == SubjectKind.Job && change.Key == $"{Tenant}/{Job}";

    public override Task<JobInfo> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.GetGrain<IJobGrain>($"{Tenant}/{Job}").GetAsync(cancellationToken);
}
