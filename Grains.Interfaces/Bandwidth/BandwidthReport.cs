namespace Headgate.Grains;

/// <summary>What one gateway says about one tenant with a bandwidth limit.</summary>
/// <param name="Gateway">The gateway's id.</param>
/// <param name="LimitBytesPerSecond">The tenant's limit each way, over all gateways together.</param>
/// <param name="Connections">Connections being relayed; 0: the tenant has left the gateway.</param>
/// <param name="Up">From the tenant to targets.</param>
/// <param name="Down">From targets to the tenant.</param>
[GenerateSerializer, Immutable, Alias("headgate.bandwidth-report")]
public sealed record BandwidthReport(
    string Gateway,
    long LimitBytesPerSecond,
    int Connections,
    BandwidthUse Up,
    BandwidthUse Down);
