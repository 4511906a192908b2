namespace Headgate.Protocol.Edge;

/// <summary>One tenant's lease in a <see cref="LeaseAnswer"/>.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Status">What became of the wish.</param>
/// <param name="LimitBytes">The quota's limit; 0 when there is none.</param>
/// <param name="CeilingBytes">The ceiling for ordinary writes: between what was held and what was wanted.</param>
/// <param name="MaintenanceBytes">What maintenance may take above it.</param>
/// <param name="UsedElsewhereBytes">What other hosts of the repository use and hold of the limit, for sentences.</param>
public sealed record GrantedLease(
    string Tenant,
    LeaseStatus Status,
    long LimitBytes,
    long CeilingBytes,
    long MaintenanceBytes,
    long UsedElsewhereBytes);
