namespace Headgate.Grains;

/// <summary>A fleet token without its secret.</summary>
/// <param name="Token">Its id.</param>
/// <param name="Name">What it is for.</param>
/// <param name="Pools">Pools that its gateways join.</param>
/// <param name="Weight">Their weight.</param>
/// <param name="MaxGateways">How many it may enrol.</param>
/// <param name="Gateways">Ids of the gateways it has enrolled.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Expires">When it ends.</param>
/// <param name="Revoked">Whether it was ended early.</param>
/// <param name="Version">Counts its changes, enrolments included.</param>
[GenerateSerializer, Immutable, Alias("headgate.fleet-token-info")]
public sealed record FleetTokenInfo(
    string Token,
    string Name,
    ImmutableArray<string> Pools,
    int Weight,
    int MaxGateways,
    ImmutableArray<string> Gateways,
    DateTimeOffset Created,
    DateTimeOffset Expires,
    bool Revoked,
    long Version);
