namespace Headgate.Portal.Tests;

/// <summary>A query of these tests: one tenant.</summary>
internal sealed record TenantNow(string Tenant) : LiveQuery<TenantInfo>
{
    public override bool IsTouchedBy(Change change) => change.Kind == SubjectKind.Tenant && change.Key == Tenant;

    public override Task<TenantInfo> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.GetGrain<ITenantGrain>(Tenant).GetAsync(cancellationToken);
}
