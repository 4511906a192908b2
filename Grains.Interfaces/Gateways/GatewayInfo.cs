namespace Headgate.Grains;

/// <summary>A gateway.</summary>
/// <param name="Gateway">Its id.</param>
/// <param name="Mode">Where the public address is.</param>
/// <param name="Host">Advertised name or address.</param>
/// <param name="Port">Advertised port.</param>
/// <param name="Weight">Its weight.</param>
/// <param name="Pools">Pools it is in.</param>
/// <param name="WantedState">What it should be.</param>
/// <param name="Enrolled">Whether it holds a certificate.</param>
/// <param name="Revoked">Whether its certificate was revoked.</param>
/// <param name="LastHeard">Its last heartbeat, or null since the silo started.</param>
/// <param name="Load">Its last load, or null.</param>
/// <param name="Version">Rises with every change.</param>
/// <param name="DisplayName">Free text; empty where the id says enough.</param>
/// <param name="Drain">How it drains; null when it does not.</param>
[GenerateSerializer, Immutable, Alias("headgate.gateway-info")]
public sealed record GatewayInfo(
    string Gateway,
    GatewayMode Mode,
    string Host,
    int Port,
    int Weight,
    ImmutableArray<string> Pools,
    WantedState WantedState,
    bool Enrolled,
    bool Revoked,
    DateTimeOffset? LastHeard,
    GatewayLoad? Load,
    long Version,
    string DisplayName = "",
    GatewayDrain? Drain = null);
