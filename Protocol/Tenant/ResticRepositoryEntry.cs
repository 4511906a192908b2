namespace Headgate.Protocol.Tenant;

/// <summary>One of a tenant's restic repositories.</summary>
/// <param name="Path">Where it lies in the tenant's space: <c>/</c>, <c>/name/</c> or <c>/name/name/</c>.</param>
/// <param name="Snapshots">How many snapshots it holds.</param>
/// <param name="LastSnapshot">The one that was stored last (64 hex digits), or null when there is none.</param>
/// <param name="LastStored">When that was, by the repository's clock.</param>
public sealed record ResticRepositoryEntry(string Path, int Snapshots, string? LastSnapshot, DateTimeOffset? LastStored);
