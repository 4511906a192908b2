namespace Headgate.Grains;

/// <summary>What one repository host says of its lease on a quota, and asks. Bytes, none of them negative.</summary>
/// <param name="Host">The host: 16 digits of 0-9 and a-f.</param>
/// <param name="Epoch">The host's process: higher at each start.</param>
/// <param name="Sequence">Rises within an epoch; a request that is repeated keeps its number.</param>
/// <param name="UsedBytes">What committed objects take.</param>
/// <param name="HeldBytes">The ceiling that the host keeps to from this request on.</param>
/// <param name="HeldMaintenanceBytes">What it may take above that for maintenance.</param>
/// <param name="WantedBytes">The ceiling that it would like; not below <paramref name="HeldBytes"/>.</param>
/// <param name="WantedMaintenanceBytes">The maintenance bytes that it would like; not below <paramref name="HeldMaintenanceBytes"/>.</param>
[GenerateSerializer, Immutable, Alias("headgate.lease-claim")]
public sealed record LeaseClaim(
    string Host,
    long Epoch,
    long Sequence,
    long UsedBytes,
    long HeldBytes,
    long HeldMaintenanceBytes,
    long WantedBytes,
    long WantedMaintenanceBytes);
