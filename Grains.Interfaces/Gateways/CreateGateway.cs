namespace Headgate.Grains;

/// <summary>Makes a gateway.</summary>
/// <param name="Mode">Where the public address is.</param>
/// <param name="Host">Advertised name or address.</param>
/// <param name="Port">Advertised port.</param>
/// <param name="Weight">1 to 1,000; 100 is ordinary.</param>
/// <param name="Pools">Pools it is in; empty: <c>default</c>.</param>
/// <param name="DisplayName">Free text, 0 to 100 characters.</param>
[GenerateSerializer, Immutable, Alias("headgate.create-gateway")]
public sealed record CreateGateway(
    GatewayMode Mode,
    string Host,
    int Port,
    int Weight,
    ImmutableArray<string> Pools,
    string DisplayName = "");
