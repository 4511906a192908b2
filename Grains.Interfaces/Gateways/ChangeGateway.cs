namespace Headgate.Grains;

/// <summary>Changes a gateway; a null leaves that part as it is.</summary>
/// <param name="WantedState">What it should be.</param>
/// <param name="Mode">Where the public address is.</param>
/// <param name="Host">Advertised name or address.</param>
/// <param name="Port">Advertised port.</param>
/// <param name="Weight">1 to 1,000.</param>
/// <param name="Pools">Pools it is in.</param>
/// <param name="ExpectedVersion">Refused as changed when the version is another.</param>
/// <param name="DisplayName">0 to 100 characters.</param>
/// <param name="DrainFor">With <see cref="Headgate.Grains.WantedState.Draining"/>: what is left after this, 1 s to 30 days, is closed; null: streams have their own time.</param>
[GenerateSerializer, Immutable, Alias("headgate.change-gateway")]
public sealed record ChangeGateway(
    WantedState? WantedState,
    GatewayMode? Mode,
    string? Host,
    int? Port,
    int? Weight,
    ImmutableArray<string>? Pools,
    long? ExpectedVersion,
    string? DisplayName = null,
    TimeSpan? DrainFor = null);
