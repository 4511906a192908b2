namespace Headgate.Grains;

/// <summary>What a gateway is told when it was heard.</summary>
/// <param name="WantedState">What it should be.</param>
/// <param name="DrainLeft">While draining: what is left is closed after this; null: streams have their own time.</param>
[GenerateSerializer, Immutable, Alias("headgate.gateway-order")]
public sealed record GatewayOrder(
    WantedState WantedState,
    TimeSpan? DrainLeft = null);
