namespace Headgate.Grains;

/// <summary>What it should do.</summary>
/// <param name="Stop">End it.</param>
/// <param name="Reason">Why, when it should end.</param>
/// <param name="Gateways">A newer list, or null.</param>
[GenerateSerializer, Immutable, Alias("headgate.run-directive")]
public sealed record RunDirective(
    bool Stop,
    string? Reason,
    RankedList? Gateways);
