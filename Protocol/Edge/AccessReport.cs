using Headgate.Protocol.Tenant;

namespace Headgate.Protocol.Edge;

/// <summary>
/// What a stock client does that came by an access key, from its first lock until its last one is gone. Each report says everything that is known of it, so
/// that repeating one, or losing all but the last, changes nothing.
/// </summary>
/// <param name="ServerName">The access it came by.</param>
/// <param name="AccessKey">The access key.</param>
/// <param name="Path">The restic repository's path, such as <c>/host1/</c>.</param>
/// <param name="Activity">Its id: 32 hex digits.</param>
/// <param name="Began">When its first lock was written.</param>
/// <param name="Seen">When it was last seen.</param>
/// <param name="Phase">How it stands.</param>
/// <param name="Snapshot">The snapshot that it wrote last, 64 hex digits, or null.</param>
/// <param name="Written">Snapshots that it wrote.</param>
/// <param name="Deleted">Snapshots that it deleted and had not written itself.</param>
/// <param name="Gateways">What went over which gateway, as requests' and answers' bodies, in order of first use.</param>
public sealed record AccessReport(
    string ServerName,
    string AccessKey,
    string Path,
    string Activity,
    DateTimeOffset Began,
    DateTimeOffset Seen,
    AccessPhase Phase,
    string? Snapshot,
    int Written,
    int Deleted,
    IReadOnlyList<PathEntry> Gateways);
