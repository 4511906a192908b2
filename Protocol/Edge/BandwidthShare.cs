namespace Headgate.Protocol.Edge;

/// <summary>One gateway's part of a tenant's bandwidth, until told otherwise.</summary>
/// <param name="Tenant">The tenant's id.</param>
/// <param name="UpBytesPerSecond">From the tenant to targets; null: no limit.</param>
/// <param name="DownBytesPerSecond">From targets to the tenant; null: no limit.</param>
public sealed record BandwidthShare(string Tenant, long? UpBytesPerSecond, long? DownBytesPerSecond);
