namespace Headgate.Grains;

/// <summary>Changes a tenant; a null leaves that part as it is.</summary>
/// <param name="DisplayName">Free text.</param>
/// <param name="Status">Whether it is served.</param>
/// <param name="Pools">Gateway pools.</param>
/// <param name="LeaseEnds">End of service; <see cref="DateTimeOffset.MaxValue"/> takes the end away.</param>
/// <param name="RunLimit">Jobs at once.</param>
/// <param name="ExpectedVersion">Refused as changed when the version is another.</param>
/// <param name="BytesPerSecond">Bandwidth limit each way, over all gateways together; 0 takes the limit away.</param>
[GenerateSerializer, Immutable, Alias("headgate.change-tenant")]
public sealed record ChangeTenant(
    string? DisplayName,
    TenantStatus? Status,
    ImmutableArray<string>? Pools,
    DateTimeOffset? LeaseEnds,
    int? RunLimit,
    long? ExpectedVersion,
    long? BytesPerSecond = null);
