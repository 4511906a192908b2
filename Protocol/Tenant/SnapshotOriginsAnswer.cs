namespace Headgate.Protocol.Tenant;

/// <summary>What is known of snapshots that were asked for.</summary>
/// <param name="Origins">Those that a run of the tenant stored; not those of access keys, nor of runs forgotten since.</param>
public sealed record SnapshotOriginsAnswer(IReadOnlyList<SnapshotOrigin> Origins);
