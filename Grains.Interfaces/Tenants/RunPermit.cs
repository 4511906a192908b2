namespace Headgate.Grains;

/// <summary>It may.</summary>
/// <param name="Pools">Gateways to rank.</param>
/// <param name="Level">What the run may do.</param>
/// <param name="LimitBytes">The quota's limit.</param>
[GenerateSerializer, Immutable, Alias("headgate.run-permit")]
public sealed record RunPermit(
    ImmutableArray<string> Pools,
    AccessLevel Level,
    long LimitBytes);
