namespace Headgate.Grains;

/// <summary>One gateway's part of a tenant's bandwidth, until it is told another.</summary>
/// <param name="UpBytesPerSecond">From the tenant to targets.</param>
/// <param name="DownBytesPerSecond">From targets to the tenant.</param>
[GenerateSerializer, Immutable, Alias("headgate.bandwidth-grant")]
public sealed record BandwidthGrant(
    long UpBytesPerSecond,
    long DownBytesPerSecond);
