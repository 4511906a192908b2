namespace Headgate.Protocol.Edge;

/// <summary>A restic snapshot file was committed.</summary>
/// <param name="ServerName">The route or access it came by.</param>
/// <param name="AccessKey">The access key, on an <c>a-</c> name.</param>
/// <param name="Path">The restic repository's path, such as <c>/host1/</c>.</param>
/// <param name="Snapshot">The snapshot's 64 hex digits.</param>
/// <param name="Committed">When.</param>
/// <param name="Activity">On an <c>a-</c> name, the <see cref="AccessReport"/> that it belongs to; null when the client held no lock.</param>
/// <param name="Began">When that began.</param>
public sealed record SnapshotReport(
    string ServerName,
    string? AccessKey,
    string Path,
    string Snapshot,
    DateTimeOffset Committed,
    string? Activity = null,
    DateTimeOffset? Began = null);
