namespace Headgate.Grains;

/// <summary>A gateway as its pool sees it.</summary>
/// <param name="Gateway">Its id.</param>
/// <param name="Host">Advertised name or address.</param>
/// <param name="Port">Advertised port.</param>
/// <param name="Weight">Its weight.</param>
/// <param name="WantedState">What it should be.</param>
/// <param name="Heard">A heartbeat came within 5 s (or the silo has just started).</param>
/// <param name="Active">Connections being relayed.</param>
/// <param name="Accepted">Connections accepted since <paramref name="Epoch"/>.</param>
/// <param name="Epoch">Unix milliseconds of its start.</param>
/// <param name="JustFallen">Not heard, but so shortly ago that it may have fallen silent together with others.</param>
/// <param name="Doubt">What connectors say against it; null: nothing.</param>
/// <param name="Held">Connections that repositories hold from it, as far as that counts, when it says clearly less of itself; 0: its own word holds.</param>
[GenerateSerializer, Immutable, Alias("headgate.pool-member")]
public sealed record PoolMember(
    string Gateway,
    string Host,
    int Port,
    int Weight,
    WantedState WantedState,
    bool Heard,
    long Active,
    long Accepted,
    long Epoch,
    bool JustFallen = false,
    GatewayDoubt? Doubt = null,
    long Held = 0);
