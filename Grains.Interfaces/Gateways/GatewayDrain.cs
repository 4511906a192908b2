namespace Headgate.Grains;

/// <summary>How a gateway drains.</summary>
/// <param name="Began">Since when.</param>
/// <param name="Connections">How many connections it had then, as far as it was heard.</param>
/// <param name="Ends">When what is left is closed; null: streams have their own time.</param>
[GenerateSerializer, Immutable, Alias("headgate.gateway-drain")]
public sealed record GatewayDrain(
    DateTimeOffset Began,
    long Connections,
    DateTimeOffset? Ends);
