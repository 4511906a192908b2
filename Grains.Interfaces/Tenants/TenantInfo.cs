namespace Headgate.Grains;

/// <summary>A tenant.</summary>
/// <param name="Tenant">Its id.</param>
/// <param name="DisplayName">Free text.</param>
/// <param name="Status">Whether it is served.</param>
/// <param name="LeaseEnds">End of service, or null.</param>
/// <param name="RunLimit">Jobs at once; 0: no limit.</param>
/// <param name="Pools">Gateway pools; never empty: <c>default</c> stands for none.</param>
/// <param name="Entitlements">Repositories it may use.</param>
/// <param name="Connectors">Its connectors.</param>
/// <param name="AccessKeys">Its access keys.</param>
/// <param name="Version">Rises with every change.</param>
/// <param name="BytesPerSecond">Bandwidth limit each way, over all gateways together; null: none.</param>
[GenerateSerializer, Immutable, Alias("headgate.tenant-info")]
public sealed record TenantInfo(
    string Tenant,
    string DisplayName,
    TenantStatus Status,
    DateTimeOffset? LeaseEnds,
    int RunLimit,
    ImmutableArray<string> Pools,
    ImmutableArray<EntitlementInfo> Entitlements,
    ImmutableArray<ConnectorInfo> Connectors,
    ImmutableArray<AccessKeyInfo> AccessKeys,
    long Version,
    long? BytesPerSecond = null);
