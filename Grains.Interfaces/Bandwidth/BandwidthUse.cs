namespace Headgate.Grains;

/// <summary>What one gateway moved for one tenant in one direction since its last report.</summary>
/// <param name="BytesPerSecond">How much, on average.</param>
/// <param name="HeldBack">Its part was used up: it would have moved more.</param>
/// <param name="InForce">The part that holds at the gateway now, bytes per second; null: not said.</param>
[GenerateSerializer, Immutable, Alias("headgate.bandwidth-use")]
public sealed record BandwidthUse(
    long BytesPerSecond,
    bool HeldBack,
    long? InForce = null);
