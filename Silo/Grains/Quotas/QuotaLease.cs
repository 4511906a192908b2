namespace Headgate.Silo.Grains.Quotas;

/// <summary>One host's lease, as the silo knows it: not less than what the host believes, whatever was lost on the way.</summary>
/// <param name="Host">The host.</param>
/// <param name="Epoch">The process that spoke last.</param>
/// <param name="Sequence">Its newest request that was heard.</param>
/// <param name="UsedBytes">What its committed objects take; it may have risen since, up to the ceiling and its maintenance.</param>
/// <param name="CeilingBytes">What objects and uploads under way may take.</param>
/// <param name="MaintenanceBytes">What maintenance may take above it.</param>
/// <param name="Heard">When the host last spoke.</param>
/// <param name="Fenced">When an administrator fenced it; null once it has come back.</param>
[GenerateSerializer, Immutable, Alias("headgate.quota-lease")]
internal sealed record QuotaLease(
    string Host,
    long Epoch,
    long Sequence,
    long UsedBytes,
    long CeilingBytes,
    long MaintenanceBytes,
    DateTimeOffset Heard,
    DateTimeOffset? Fenced);
