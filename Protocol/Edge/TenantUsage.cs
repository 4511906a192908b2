namespace Headgate.Protocol.Edge;

/// <summary>What a tenant's objects take in this repository.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="UsedBytes">Bytes counted against the quota; an object costs at least 4 KiB.</param>
public sealed record TenantUsage(string Tenant, long UsedBytes);
