namespace Headgate.Protocol.Edge;

/// <summary>A tenant's limit on this repository.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="LimitBytes">The limit in bytes; what the objects of all the tenant's restic repositories here may take together.</param>
public sealed record TenantQuota(string Tenant, long LimitBytes);
