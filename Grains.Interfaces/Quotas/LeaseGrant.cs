namespace Headgate.Grains;

/// <summary>The answer to a <see cref="LeaseClaim"/>.</summary>
/// <param name="Outcome">What became of the wish.</param>
/// <param name="LimitBytes">The quota's limit.</param>
/// <param name="CeilingBytes">The ceiling for ordinary writes: not below what was held, not above what was wanted; 0 for a superseded process.</param>
/// <param name="MaintenanceBytes">What maintenance may take above it.</param>
/// <param name="UsedElsewhereBytes">What other hosts use and hold of the limit.</param>
[GenerateSerializer, Immutable, Alias("headgate.lease-grant")]
public sealed record LeaseGrant(LeaseOutcome Outcome, long LimitBytes, long CeilingBytes, long MaintenanceBytes, long UsedElsewhereBytes);
