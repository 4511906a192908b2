namespace Headgate.Protocol.Tenant;

/// <summary>How the tenant stands.</summary>
/// <param name="Tenant">Its id.</param>
/// <param name="DisplayName">Its name.</param>
/// <param name="Status"><c>active</c> or <c>disabled</c>.</param>
/// <param name="Connector">The asking connector.</param>
/// <param name="LeaseEnds">End of service.</param>
/// <param name="Quotas">Its quotas.</param>
/// <param name="Jobs">Its jobs.</param>
public sealed record TenantStatusAnswer(
    string Tenant,
    string DisplayName,
    string Status,
    string Connector,
    DateTimeOffset? LeaseEnds,
    IReadOnlyList<QuotaStatus> Quotas,
    IReadOnlyList<JobStatus> Jobs);
