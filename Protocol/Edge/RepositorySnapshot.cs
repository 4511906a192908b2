namespace Headgate.Protocol.Edge;

/// <summary>All that a repository must know, at one sequence number.</summary>
/// <param name="Sequence">The stream's sequence number that this state includes.</param>
/// <param name="Repository">The repository's id.</param>
/// <param name="Zone">The SP's zone.</param>
/// <param name="Gateways">Gateways to believe.</param>
/// <param name="Grants">Open routes.</param>
/// <param name="Accesses">Agentless accesses.</param>
/// <param name="Quotas">Limits.</param>
/// <param name="Restored">
/// When the silo's database was last restored from a backup; null when never. A host that sees another value than before tells all of its leases in one
/// <see cref="LeaseRequest"/>: until it has, other hosts of the repository get no more bytes (<see cref="LeaseStatus.Waiting"/>).
/// </param>
public sealed record RepositorySnapshot(
    long Sequence,
    string Repository,
    string Zone,
    IReadOnlyList<GatewayKey> Gateways,
    IReadOnlyList<RunGrant> Grants,
    IReadOnlyList<AccessGrant> Accesses,
    IReadOnlyList<TenantQuota> Quotas,
    DateTimeOffset? Restored = null);
