namespace Headgate.Grains;

/// <summary>One host's lease on a quota, as the silo knows it.</summary>
/// <param name="Host">The host.</param>
/// <param name="Epoch">Its process.</param>
/// <param name="UsedBytes">What its committed objects take, as it last said.</param>
/// <param name="CeilingBytes">What its committed objects and uploads under way may take together.</param>
/// <param name="MaintenanceBytes">What it may take above that for maintenance.</param>
/// <param name="Heard">When it last spoke of this quota.</param>
/// <param name="Fenced">When an administrator fenced it; null when it is not, or has come back since.</param>
/// <param name="IsAwaited">Whether the silo was restored from a backup and has not heard of it since: until then others get no more bytes.</param>
[GenerateSerializer, Immutable, Alias("headgate.lease-info")]
public sealed record LeaseInfo(
    string Host,
    long Epoch,
    long UsedBytes,
    long CeilingBytes,
    long MaintenanceBytes,
    DateTimeOffset Heard,
    DateTimeOffset? Fenced,
    bool IsAwaited);
