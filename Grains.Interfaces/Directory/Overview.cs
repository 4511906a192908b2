namespace Headgate.Grains;

/// <summary>The whole platform in figures, counted in storage.</summary>
/// <param name="Tenants">Tenants in all.</param>
/// <param name="TenantsDisabled">Of them, disabled.</param>
/// <param name="TenantsNearQuota">Of them, with a quota filled to 90 % or more: the filter <c>near-quota</c>.</param>
/// <param name="Gateways">Gateways in all, revoked ones left out.</param>
/// <param name="Repositories">Repositories in all, revoked ones left out.</param>
/// <param name="RunsOpen">Runs that go on.</param>
/// <param name="JobsFailed">Jobs whose last run failed, was lost, or wrote no snapshot: the filter <c>failed</c>.</param>
/// <param name="JobsSilent">Jobs without a good run for 48 hours: the filter <c>silent</c>.</param>
/// <param name="LimitBytes">All quotas together.</param>
/// <param name="UsedBytes">Used of them.</param>
[GenerateSerializer, Immutable, Alias("headgate.overview")]
public sealed record Overview(
    int Tenants,
    int TenantsDisabled,
    int TenantsNearQuota,
    int Gateways,
    int Repositories,
    int RunsOpen,
    int JobsFailed,
    int JobsSilent,
    long LimitBytes,
    long UsedBytes);
