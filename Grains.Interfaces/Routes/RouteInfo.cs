namespace Headgate.Grains;

/// <summary>Where a server name leads.</summary>
/// <param name="ServerName">The name.</param>
/// <param name="Repository">The repository it leads to.</param>
/// <param name="Tenant">Its tenant; null for an access name that nobody has.</param>
/// <param name="Expires">Ask again after this.</param>
/// <param name="Job">The job whose open run it is; null for an access name.</param>
/// <param name="IsTold">Whether the gateway that asked is told of changes by its stream already.</param>
/// <param name="BytesPerSecond">The tenant's bandwidth limit each way, over all gateways together; null: none.</param>
[GenerateSerializer, Immutable, Alias("headgate.route-info")]
public sealed record RouteInfo(
    string ServerName,
    string Repository,
    string? Tenant,
    DateTimeOffset Expires,
    string? Job = null,
    bool IsTold = false,
    long? BytesPerSecond = null);
