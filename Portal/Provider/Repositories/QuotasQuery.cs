namespace Headgate.Portal.Provider.Repositories;

/// <summary>A part of the list of quotas.</summary>
internal sealed record QuotasQuery(PageRequest Page) : LiveQuery<QuotaPage>
{
    public override TimeSpan? Refresh => TimeSpan.FromSeconds(5);

    public override bool IsTouchedBy(Change change) => change.Kind == SubjectKind.Quota;

    public override Task<QuotaPage> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.Directory().ListQuotasAsync(null, Page, cancellationToken);
}
