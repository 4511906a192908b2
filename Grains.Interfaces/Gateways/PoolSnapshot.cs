namespace Headgate.Grains;

/// <summary>A pool at one moment.</summary>
/// <param name="Version">Rises when membership or a state changes (not with loads).</param>
/// <param name="Doubtful">Most of the pool fell silent at once, or the silo has just started: keep the last list.</param>
/// <param name="Members">Its gateways.</param>
[GenerateSerializer, Immutable, Alias("headgate.pool-snapshot")]
public sealed record PoolSnapshot(
    long Version,
    bool Doubtful,
    ImmutableArray<PoolMember> Members);
