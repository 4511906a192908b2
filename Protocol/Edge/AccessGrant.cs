namespace Headgate.Protocol.Edge;

/// <summary>A tenant's agentless access to this repository.</summary>
/// <param name="ServerName">The <c>a-</c> name.</param>
/// <param name="Tenant">The tenant.</param>
/// <param name="Keys">The keys that open it; empty while the tenant is disabled.</param>
public sealed record AccessGrant(
    string ServerName,
    string Tenant,
    IReadOnlyList<AccessKeyGrant> Keys);
