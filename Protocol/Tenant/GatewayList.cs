namespace Headgate.Protocol.Tenant;

/// <summary>The gateways to use, best first, at most 8.</summary>
/// <param name="Version">Rises with each change of the pools' membership or state.</param>
/// <param name="Stale">The silo has reason to doubt its own view and kept the last list.</param>
/// <param name="Gateways">By rank.</param>
public sealed record GatewayList(
    long Version,
    bool Stale,
    IReadOnlyList<GatewayEntry> Gateways);
