namespace Headgate.Protocol.Edge;

/// <summary>All that a repository must know, at one sequence number.</summary>
/// <param name="Sequence">The stream's sequence number that this state includes.</param>
/// <param name="Repository">The repository's id.</param>
/// <param name="Zone">The SP's zone.</param>
/// <param name="Gateways">Gateways to believe.</param>
/// <param name="Grants">Open routes.</param>
/// <param name="Accesses">Agentless accesses.</param>
/// <param name="Quotas">Limits.</param>
public sealed record RepositorySnapshot(
    long Sequence,
    string Repository,
    string Zone,
    IReadOnlyList<GatewayKey> Gateways,
    IReadOnlyList<RunGrant> Grants,
    IReadOnlyList<AccessGrant> Accesses,
    IReadOnlyList<TenantQuota> Quotas);
