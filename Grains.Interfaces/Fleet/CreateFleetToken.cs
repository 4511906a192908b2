namespace Headgate.Grains;

/// <summary>A new fleet token.</summary>
/// <param name="Name">What it is for, 1 to 100 characters.</param>
/// <param name="Pools">Pools that its gateways join; empty for the default pool.</param>
/// <param name="Weight">Their weight, 1 to 1000.</param>
/// <param name="MaxGateways">How many gateways it may enrol, 1 to 1000.</param>
/// <param name="Lifetime">Until it ends, 1 minute to 366 days.</param>
[GenerateSerializer, Immutable, Alias("headgate.create-fleet-token")]
public sealed record CreateFleetToken(
    string Name,
    ImmutableArray<string> Pools,
    int Weight,
    int MaxGateways,
    TimeSpan Lifetime);
