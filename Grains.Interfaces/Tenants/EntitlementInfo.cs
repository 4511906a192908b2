namespace Headgate.Grains;

/// <summary>A repository a tenant may use.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="AccessName">The server name for agentless access.</param>
[GenerateSerializer, Immutable, Alias("headgate.entitlement-info")]
public sealed record EntitlementInfo(
    string Repository,
    string AccessName);
