namespace Headgate.Protocol.Tenant;

/// <summary>Asks which machines stored snapshots.</summary>
/// <param name="Repository">The cloud repository's id.</param>
/// <param name="Snapshots">At most 500 names of 64 hex digits.</param>
public sealed record SnapshotOriginsRequest(string Repository, IReadOnlyList<string> Snapshots);
