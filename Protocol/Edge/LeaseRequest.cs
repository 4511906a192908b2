namespace Headgate.Protocol.Edge;

/// <summary>What a repository host says of its quota leases, and asks. One lease for each tenant and host; one request of a host is under way at a time.</summary>
/// <param name="Host">The host: 16 digits of 0-9 and a-f, made with its data folder and kept there.</param>
/// <param name="Epoch">The host's process: higher at each start, kept in its data folder. Its first request in an epoch follows a recount.</param>
/// <param name="Sequence">Rises with each request of an epoch; a request that is repeated because its answer was lost keeps its number.</param>
/// <param name="Leases">The tenants that the request is about; each at most once.</param>
public sealed record LeaseRequest(string Host, long Epoch, long Sequence, IReadOnlyList<TenantLease> Leases);
