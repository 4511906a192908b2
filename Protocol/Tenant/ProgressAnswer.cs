namespace Headgate.Protocol.Tenant;

/// <summary>What the silo says to it.</summary>
/// <param name="Stop">End the tool and the run.</param>
/// <param name="Reason">Why, as a sentence; set when <paramref name="Stop"/> is.</param>
/// <param name="Gateways">A newer list, or null.</param>
public sealed record ProgressAnswer(
    bool Stop,
    string? Reason,
    GatewayList? Gateways);
