namespace Headgate.Protocol.Edge;

/// <summary>The answer to a <see cref="LeaseRequest"/>.</summary>
/// <param name="Epoch">The request's.</param>
/// <param name="Sequence">The request's; a host heeds the answer to its newest request only.</param>
/// <param name="Leases">One for each tenant that was asked about, in the same order.</param>
public sealed record LeaseAnswer(long Epoch, long Sequence, IReadOnlyList<GrantedLease> Leases);
