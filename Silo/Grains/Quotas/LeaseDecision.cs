using Headgate.Grains;

namespace Headgate.Silo.Grains.Quotas;

/// <summary>What becomes of a claim.</summary>
/// <param name="Grant">The answer.</param>
/// <param name="Lease">What the host's lease is from here on; null when nothing changes.</param>
/// <param name="MustWrite">Whether the lease must be in storage before the host hears the answer.</param>
internal sealed record LeaseDecision(LeaseGrant Grant, QuotaLease? Lease, bool MustWrite);
