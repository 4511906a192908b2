namespace Headgate.Portal.Provider.Activity;

/// <summary>A part of the activity log: about a tenant, or about everything.</summary>
internal sealed record ActivityQuery(string? Tenant, PageRequest Page) : LiveQuery<ActivityPage>
{
    // Some entries come without a change of anything that is shown, such as a refused sign-in.
    public override TimeSpan? Refresh => TimeSpan.FromSeconds(5);

    public override bool IsTouchedBy(Change change) => change.Kind != SubjectKind.Job && change.Kind != SubjectKind.Quota;

    public override Task<ActivityPage> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.Directory().ListActivityAsync(Tenant, Page, cancellationToken);
}
